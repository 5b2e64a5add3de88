import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { disclosed } from '../core/disclosure.js';
import { keysBelow } from '../e2e/keys-below.js';
import { filesBelow, filesWith, spellings } from '../e2e/plain-texts.js';
import { useSample } from './drive.js';
import { HostileUse, MAX_FILE_SIZE } from './hostile-use.js';

const GLOBAL_KEY = randomBytes(32);
const LATER_KEY = randomBytes(32);

describe('contents, names, keys and secrets', () => {
  const sample = useSample();

  it('are in no log, no error, no header, no row and on no disk', async () => {
    const folder = await sample.folder();
    await mkdir(join(folder, 'tmp'), { mode: 0o700 });
    const open = (globalKey: Buffer) =>
      sample.open({
        DRIVE_DIR: folder,
        FILE_ENCRYPTOR_TMP_DIR: join(folder, 'tmp'),
        FILE_ENCRYPTOR_GLOBAL_KEY: globalKey.toString('base64'),
        MAX_FILE_SIZE: String(MAX_FILE_SIZE),
      });
    const drive = await open(GLOBAL_KEY);
    const use = new HostileUse(drive);
    await use.everything();
    await use.damage();
    await expectNothingShown(use, { folder, log: drive.printed() });
    drive.process.kill('SIGTERM');
    await drive.ended;

    const later = await open(LATER_KEY);
    const withLaterKey = new HostileUse(later);
    const filenames = await use.onDatabase(readFilenames);
    await withLaterKey.readAll(filenames);
    const log = drive.printed() + later.printed();
    await expectNothingShown(withLaterKey, { folder, log });
    await expectNothingShown(use, { folder, log });

    // What was tried did go wrong, in every way that was meant.
    expect(new Set(log.match(/\b[A-Z]\w+Error\b/g))).toEqual(
      new Set(['IntegrityError', 'KeyNotFoundError', 'ObjectNotFoundError']),
    );
    expect([...use.said.statuses].toSorted((a, b) => a - b)).toEqual([
      200, 201, 204, 206, 304, 400, 403, 404, 410, 412, 413, 416, 500,
    ]);
  });
});

async function expectNothingShown(
  use: HostileUse,
  { folder, log }: { readonly folder: string; readonly log: string },
): Promise<void> {
  const { said, secrets } = use;
  expect(await filesWith(folder, secrets)).toEqual([]);
  const { rows, keys } = await use.onDatabase(readDatabase);
  const headers = said.headers.join('\n');
  const errors = said.errors.join('\n');
  // Names, links and leases are for those who get these.
  const dispositions = said.dispositions.join('\n');
  const cookies = said.cookies.join('\n');
  const answers = said.answers.join('\n');
  const places = Object.entries({
    log,
    headers,
    errors,
    rows,
    dispositions,
    cookies,
    answers,
  });
  const shown = places.flatMap(([place, text]) => {
    const isForSome = [dispositions, cookies, answers].includes(text);
    const wanted = isForSome ? use.hidden : secrets;
    return wanted.flatMap((secret) => shownIn(text, secret, place));
  });
  const shownKeys = places.filter(([, text]) =>
    keys.some((key) => disclosed(text, key).length > 0),
  );
  expect(shownKeys).toEqual([]);
  expect(shown).toEqual([]);
  for (const path of await filesBelow(folder)) {
    const bytes = await readFile(path);
    expect(keys.filter((key) => bytes.includes(Buffer.from(key)))).toEqual([]);
  }
  // The search does find what is there.
  expect(shownIn(log, 'Error: File ', 'log')).toHaveLength(1);
  expect(shownIn(headers, 'no-referrer', 'headers')).toHaveLength(1);
  expect(shownIn(errors, 'code', 'errors')).toHaveLength(1);
  expect(await filesWith(folder, ['alice'])).not.toEqual([]);
  expect(shownIn(rows, 'alice', 'rows')).toEqual(['alice in rows']);
}

function shownIn(text: string, secret: string, place: string): string[] {
  const isShown = spellings([secret]).some((spelling) =>
    text.includes(spelling.toString('latin1')),
  );
  return isShown ? [`${secret} in ${place}`] : [];
}

interface FileRow {
  readonly filename: string;
  readonly key: string;
  readonly userId: string;
}

interface TokenRow {
  readonly value: string;
  readonly userId: string;
}

async function readFilenames(database: DataSource): Promise<string[]> {
  const rows = await database.query<FileRow[]>('SELECT * FROM files');
  return rows.map(({ filename }) => filename);
}

/** All rows as one text, and the keys that they lead to. */
async function readDatabase(database: DataSource) {
  const all = <Row>(table: string) =>
    database.query<Row[]>(`SELECT * FROM ${table}`);
  const files = await all<FileRow>('files');
  const tokens = await all<TokenRow>('tokens');
  const rest = [await all('users'), await all('links')];
  const keys = await keysBelow<TokenRow | FileRow>(GLOBAL_KEY, {
    files,
    tokens,
    ownerOf: ({ userId }) => ({ user: userId }),
  });
  expect(keys.length).toBeGreaterThan(3);
  return {
    rows: JSON.stringify([files, tokens, rest]),
    keys: [...keys, LATER_KEY],
  };
}
