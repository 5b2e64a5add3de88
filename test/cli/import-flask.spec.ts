import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { encryptLegacyName } from '../../lib/core/legacy/legacy-name.js';
import { describeDatabases } from '../databases.js';
import { useCompiledApp } from '../e2e/compiled-app.js';
import {
  describeFolder,
  newContent,
  PUBLISHED_KEY,
  useOldApplications,
} from '../flask/old-application.js';
import {
  type Ended,
  ended,
  importArguments,
  objectsIn,
  sqliteIn,
  startCommand,
  useImportPlace,
} from './import-place.js';

// A process starts an application each time, and shares the machine.
const UNHURRIED = { timeout: 120_000 };

describe('import-flask', UNHURRIED, () => {
  const compiled = useCompiledApp('import-app.ts', 'documents.ts');
  const place = useImportPlace();

  describeDatabases((database) => {
    const oldApplication = useOldApplications(database);

    it('imports an old application by its database’s address', async () => {
      const old = await oldApplication();
      const content = newContent(70_000);
      const token = await old.addToken(1);
      const filename = await old.addFile({
        token,
        name: 'résumé.pdf',
        content,
      });
      const before = await old.state();
      const { status, output, errors } = await run(importArguments(old));
      expect({ status, output, errors }).toEqual({
        status: 0,
        output: '1 imported\n',
        errors: '',
      });
      const { service } = await place.open();
      const file = await service.find(filename, { userId: 1 });
      expect(file.name).toBe('résumé.pdf');
      expect(await buffer(file.createReadStream())).toEqual(content);
      expect(await old.state()).toBe(before);
    });
  });

  const oldApplication = useOldApplications(sqliteIn(place));

  it('ends with 1 and a table when files were refused', async () => {
    const old = await oldApplication();
    const good = await old.addFile({ token: await old.addToken(1) });
    const lost = await old.addRow({});
    await old.addRow({ filename: '../\u001b[31mevil\nname' });
    const { status, output, errors } = await run(importArguments(old));
    expect({ status, errors }).toEqual({ status: 1, errors: '' });
    const [totals, ...table] = output.trimEnd().split('\n');
    expect(totals).toBe('1 imported, 2 refused');
    expect(table).toEqual([
      expect.stringMatching(
        new RegExp(`^2  ${lost}  OBJECT_NOT_FOUND  The old data folder has no`),
      ),
      expect.stringMatching(
        /^3 {2}\.\.\/ \[31mevil name +FORMAT {12}The filename/,
      ),
    ]);
    expect(output).not.toContain(good);
    const again = await run(importArguments(old));
    expect(again.status).toBe(1);
    expect(again.output).toMatch(/^1 present, 2 refused\n/);
  });

  it('prints one object a file with --json, and writes them to a report', async () => {
    const old = await oldApplication();
    const token = await old.addToken(1);
    const good = await old.addFile({ token });
    const lost = await old.addRow({});
    const report = join(place.folder, 'report.jsonl');
    const { status, output, errors } = await run(
      importArguments(old, '--json', '--report', report),
    );
    expect({ status, errors }).toEqual({ status: 1, errors: '' });
    expect(objectsIn(output)).toEqual([
      {
        id: 1,
        filename: good,
        outcome: 'imported',
        size: 9,
        checked: true,
      },
      {
        id: 2,
        filename: lost,
        outcome: 'refused',
        code: 'OBJECT_NOT_FOUND',
        reason: expect.stringContaining('no file of that filename'),
      },
      {
        totals: { imported: 1, importable: 0, present: 0, refused: 1 },
        complete: true,
      },
    ]);
    expect(await readFile(report, 'utf8')).toBe(output);
  });

  it('writes nothing with --dry-run', async () => {
    const old = await oldApplication();
    const token = await old.addToken(1);
    await old.addFile({ token });
    await run(importArguments(old));
    await old.addFile({ token });
    const before = await old.state();
    const ours = await describeFolder(place.dataDir);
    const { status, output } = await run(importArguments(old, '--dry-run'));
    expect({ status, output }).toEqual({
      status: 0,
      output: '1 importable, 1 present\n',
    });
    expect(await old.state()).toBe(before);
    expect(await describeFolder(place.dataDir)).toEqual(ours);
  });

  it('takes names, a chunk size and a map of owners', async () => {
    const old = await oldApplication({ tokens: 'keys', user_id: 'owner_id' });
    const token = await old.addToken(4);
    const filename = await old.addFile({ token, user: 4 });
    await old.addFile({ token: await old.addToken(5), user: 5 });
    const map = join(place.folder, 'owners.json');
    await writeFile(map, '{"4": 400}');
    const { status, output } = await run(
      importArguments(
        old,
        '--tokens-table=keys',
        `--owner-map=${map}`,
        '--column=files.user_id=owner_id',
        '--column=tokens.user_id=owner_id',
        '--chunk-size=1000',
      ),
    );
    expect({ status, output }).toEqual({
      status: 1,
      output: expect.stringMatching(
        /^1 imported, 1 refused\n2 .* OWNER_INVALID {2}The owner map has no/,
      ),
    });
    const { service } = await place.open();
    expect((await service.find(filename, { userId: 400 })).size).toBe(9);
  });

  it.each([
    ['a function that gives a module', ['--export', 'makeModule']],
    [
      'a dynamic module with a name',
      ['--export', 'named', '--name', 'archive'],
    ],
    ['one that would never end by itself', ['--export', 'BusyModule']],
  ])('starts %s', async (_, args) => {
    const old = await oldApplication();
    await old.addFile({ token: await old.addToken(1) });
    const { status, output } = await run(importArguments(old, ...args));
    expect({ status, output }).toEqual({ status: 0, output: '1 imported\n' });
  });

  it('has keys in no argument and in no output', async () => {
    const old = await oldApplication();
    const globalKey = `${PUBLISHED_KEY}-of-ours`;
    const realname = encryptLegacyName('songbird.txt', {
      globalKey,
      allowUnauthenticated: true,
    });
    const token = await old.addToken(1);
    const filename = await old.addFile({ token, realname });
    await old.addFile({ token, realname: Buffer.alloc(3) });
    const args = importArguments(old, '--json', '--global-key-env', 'OTHER');
    const env = { ...place.env, OTHER: globalKey };
    const { status, output, errors } = await ended(
      startCommand(compiled, args, env),
    );
    expect(status).toBe(1);
    const { service } = await place.open();
    const file = await service.find(filename, { userId: 1 });
    expect(file.name).toBe('songbird.txt');
    const told = [...args, output, errors].join('\n');
    for (const secret of [globalKey, env.APP_KEY, token, 'songbird']) {
      expect(told).not.toContain(secret);
    }
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('finishes its file after %s', async (signal, code) => {
    const old = await oldApplication();
    const token = await old.addToken(1);
    const files = 5;
    for (let index = 0; index < files; index += 1) {
      await old.addFile({ token });
    }
    const args = importArguments(old, '--json', '--export=SignalledModule');
    const { status, output } = await run(args, { APP_SIGNAL: signal });
    expect(status).toBe(code);
    const objects = objectsIn(output);
    const { totals, complete } = objects.at(-1) ?? {};
    expect(complete).toBe(false);
    const { imported } = totals as { imported: number };
    expect(imported).toBe(objects.length - 1);
    expect(imported).toBeLessThan(files);
    const rest = await run(importArguments(old));
    expect(rest.output).toBe(
      `${files - imported} imported, ${imported} present\n`,
    );
  });

  function run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    return ended(startCommand(compiled, args, { ...place.env, ...env }));
  }
});
