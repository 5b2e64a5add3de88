import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCompiledApp } from '../e2e/compiled-app.js';
import { useOldApplications } from '../flask/old-application.js';
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

describe('how import-flask ends', UNHURRIED, () => {
  const compiled = useCompiledApp('import-app.ts', 'documents.ts');
  const place = useImportPlace();
  const oldApplication = useOldApplications(sqliteIn(place));

  it('takes the old database from the environment', async () => {
    const old = await oldApplication();
    await old.addFile({ token: await old.addToken(1) });
    const args = withoutDatabase(importArguments(old));
    const database = String(old.source.options.database);
    const result = await run([...args, '--database-env=OLD_DATABASE'], {
      OLD_DATABASE: database,
    });
    expect(result).toEqual({ status: 0, output: '1 imported\n', errors: '' });
  });

  it('ends quietly with 3 when nobody reads its output', async () => {
    const old = await oldApplication();
    const token = await old.addToken(1);
    for (let index = 0; index < 100; index += 1) await old.addFile({ token });
    const report = join(place.folder, 'unread.jsonl');
    const args = importArguments(old, '--json', `--report=${report}`);
    const child = startCommand(compiled, args, place.env);
    const closed = once(child, 'close');
    let errors = '';
    child.stderr?.on('data', (chunk) => (errors += String(chunk)));
    child.stdout?.destroy();
    const [status] = (await closed) as [number | null];
    expect({ status, errors }).toEqual({ status: 3, errors: '' });
    const objects = objectsIn(await readFile(report, 'utf8'));
    expect(objects.length).toBeLessThan(100);
    expect(objects.at(-1)).toMatchObject({ complete: false });
    const rest = await run(importArguments(old));
    expect(rest.output).toMatch(/^\d+ imported, \d+ present\n$/);
  });

  it('is complete when a signal comes with the last file', async () => {
    const old = await oldApplication();
    await old.addFile({ token: await old.addToken(1) });
    const args = importArguments(old, '--json', '--export=SignalledModule');
    const { status, output } = await run(args, { APP_SIGNAL: 'SIGINT' });
    expect(objectsIn(output).at(-1)).toMatchObject({ complete: true });
    expect(status).toBe(0);
  });

  it('warns of an application that cannot be closed, and no more', async () => {
    const old = await oldApplication();
    await old.addFile({ token: await old.addToken(1) });
    const args = importArguments(old, '--export=UnclosableModule');
    expect(await run(args)).toEqual({
      status: 0,
      output: '1 imported\n',
      errors:
        'warning: The application could not be closed: It does not close.\n',
    });
  });

  it('ends with 3 and one line when the application throws beside it', async () => {
    const old = await oldApplication();
    const args = importArguments(old, '--export=ThrowingModule');
    expect(await run(args)).toEqual({
      status: 3,
      output: '',
      errors: 'file-encryptor: The command could not go on: Lost a timer.\n',
    });
  });

  it('keeps a report that is there, and reads nothing', async () => {
    const old = await oldApplication();
    const report = join(place.folder, 'kept.jsonl');
    await writeFile(report, 'of last time');
    const args = importArguments(old, `--report=${report}`, '--app=missing.js');
    const { status, output, errors } = await run(args);
    expect({ status, output }).toEqual({ status: 2, output: '' });
    expect(errors).toMatch(/^file-encryptor: .*--report is there already/);
    expect(await readFile(report, 'utf8')).toBe('of last time');
  });

  it.each([
    ['--files-table=others'],
    ['--tokens-table=others'],
    ['--column=files.realname=others'],
    ['--column=tokens.value=others'],
  ])('names the options to look at after %s', async (wrong) => {
    const old = await oldApplication();
    await old.addFile({ token: await old.addToken(1) });
    const { status, output, errors } = await run(importArguments(old, wrong));
    expect({ status, output }).toEqual({ status: 3, output: '' });
    expect(errors).toMatch(
      /^[^\n]+--files-table, --tokens-table and --column[^\n]+\n$/,
    );
    expect(errors).not.toContain('run again');
  });

  function run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    return ended(startCommand(compiled, args, { ...place.env, ...env }));
  }
});

function withoutDatabase(args: readonly string[]): string[] {
  return args.filter((arg) => !arg.startsWith('--database='));
}
