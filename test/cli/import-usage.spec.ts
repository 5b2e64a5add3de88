import { describe, expect, it } from 'vitest';
import { useCompiledApp } from '../e2e/compiled-app.js';
import { useOldApplications } from '../flask/old-application.js';
import {
  type Ended,
  ended,
  importArguments,
  sqliteIn,
  startCommand,
  useImportPlace,
} from './import-place.js';

const UNOPENED = {
  status: 3,
  output: '',
  errors: expect.stringMatching(/^file-encryptor: [^\n]+\n$/),
};

// A process starts an application each time, and shares the machine.
const UNHURRIED = { timeout: 120_000 };

describe('import-flask that cannot begin', UNHURRIED, () => {
  const compiled = useCompiledApp('import-app.ts', 'documents.ts');
  const place = useImportPlace();
  const oldApplication = useOldApplications(sqliteIn(place));

  describe('ends with 2', () => {
    it.each([
      [
        'without --allow-unauthenticated',
        (args: string[]) =>
          args.filter((arg) => arg !== '--allow-unauthenticated'),
        /allow-unauthenticated/,
      ],
      [
        'without --owner',
        (args: string[]) => args.filter((arg) => arg !== '--owner=userId'),
        /--owner/,
      ],
      [
        'with another owner',
        (args: string[]) => [...args, '--owner', 'writer'],
        /owner must be/,
      ],
      [
        'with a key as an argument',
        (args: string[]) => [...args, '--global-key', 'x'],
        /unknown option/,
      ],
      [
        'with an unset variable',
        (args: string[]) => [...args, '--global-key-env', 'NOT_SET'],
        /is not set/,
      ],
      [
        'with a column of another table',
        (args: string[]) => [...args, '--column', 'users.id=x'],
        /files\.user_id=owner_id/,
      ],
      [
        'with an unknown column',
        (args: string[]) => [...args, '--column', 'files.size=x'],
        /no table or column/,
      ],
      [
        'with a chunk size of nonsense',
        (args: string[]) => [...args, '--chunk-size', '1e3'],
        /number of bytes/,
      ],
      [
        'with a configuration that is not there',
        (args: string[]) => [...args, '--name', 'other'],
        /--name/,
      ],
      [
        'with an export that is no module',
        (args: string[]) => [...args, '--export', 'nothing'],
        /--export/,
      ],
      [
        'with a map that is not there',
        (args: string[]) => [...args, '--owner-map', 'none.json'],
        /no file of JSON/,
      ],
      [
        'with a folder that is not there',
        (args: string[]) => [...args, '--data-dir', '/nowhere'],
        /no folder/,
      ],
      [
        'with a database of another kind',
        (args: string[]) => [...args, '--database', 'oracle://x'],
        /postgres:\/\//,
      ],
      [
        'with a database twice',
        (args: string[]) => [...args, '--database-env', 'APP_FOLDER'],
        /one of the two/,
      ],
      [
        'without a database',
        (args: string[]) => args.filter((arg) => !arg.startsWith('--database')),
        /one of the two/,
      ],
      [
        'with an unset variable for the database',
        (args: string[]) => [
          ...args.filter((arg) => !arg.startsWith('--database')),
          '--database-env=NOT_SET',
        ],
        /--database-env is not set/,
      ],
    ])('%s', async (_, change, message) => {
      const old = await oldApplication();
      await old.addFile({ token: await old.addToken(1) });
      const result = await run(change(importArguments(old)));
      expect(result).toMatchObject({ status: 2, output: '' });
      expect(result.errors).toMatch(message);
      expect(result.errors).not.toMatch(/^ +at /m);
    });
  });

  it.each([
    '--app',
    '--export',
    '--name',
    '--database',
    '--database-env',
    '--data-dir',
    '--owner',
    '--owner-map',
    '--files-table',
    '--tokens-table',
    '--global-key-env',
    '--report',
  ])('takes an empty %s for a mistake', async (flag) => {
    const old = await oldApplication();
    const result = await run(importArguments(old, flag, ''));
    expect(result).toEqual({
      status: 2,
      output: '',
      errors: `file-encryptor: ${flag} is empty: give it a value, or leave it out.\n`,
    });
  });

  it.each([
    ['POSTGRES://someone:secret@127.0.0.1:1/place', 3],
    ['PostgreSQL+psycopg2://someone:sec/ret@127.0.0.1:1/place', 3],
    ['mysql://someone:secret@127.0.0.1:1/place', 3],
    ['oracle+x-y://someone:secret@127.0.0.1:1/place', 2],
    ['postgres ://someone:secret@127.0.0.1:1/place', 2],
    ['SQLite:////someone/secret/place.sqlite', 3],
    ['someone/secret/place.sqlite', 3],
  ])('repeats nothing of %s', async (text, status) => {
    const old = await oldApplication();
    const result = await run(importArguments(old, `--database=${text}`));
    expect(result).toMatchObject({ status, output: '' });
    expect(result.errors).toMatch(
      /^file-encryptor: The old database [^\n]+\n$/,
    );
    expect(result.errors).not.toMatch(/someone|sec\/?ret|127\.0|place/);
  });

  it('repeats no address from an option that is misspelt', async () => {
    const old = await oldApplication();
    const wrong = '--databaze=postgres://someone:secret@127.0.0.1:1/place';
    const { status, errors } = await run(importArguments(old, wrong));
    expect(status).toBe(2);
    expect(errors).toContain('--databaze');
    expect(errors).not.toMatch(/someone|secret|127\.0/);
  });

  describe('ends with 3 and one line', () => {
    it.each([
      ['if the application is not there', ['--app', 'missing.js']],
      ['if the old database is not there', ['--database', 'missing.sqlite']],
      [
        'if no old database answers',
        ['--database', 'postgres://127.0.0.1:1/x'],
      ],
    ])('%s', async (_, args) => {
      const old = await oldApplication();
      expect(await run(importArguments(old, ...args))).toEqual(UNOPENED);
    });

    it('if the application does not start', async () => {
      const old = await oldApplication();
      const env = { ...place.env, APP_KEY: 'short' };
      const child = startCommand(compiled, importArguments(old), env);
      expect(await ended(child)).toEqual(UNOPENED);
    });

    it('if the old tables are not there', async () => {
      const old = await oldApplication();
      const args = importArguments(old, '--files-table', 'others');
      expect(await run(args)).toEqual(UNOPENED);
    });
  });

  function run(args: readonly string[]): Promise<Ended> {
    return ended(startCommand(compiled, args, place.env));
  }
});
