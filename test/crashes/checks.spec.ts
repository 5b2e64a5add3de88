import {
  appendFile,
  mkdir,
  rename,
  rm,
  truncate,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataSource } from 'typeorm';

import { describe, expect, it, vi } from 'vitest';
import { objectKey, objectNameOf } from '../../lib/core/store/object-key.js';
import { load } from './campaign-modules.js';
import { type CheckedPlace, useCheckedPlace } from './checked-place.js';

const { checkPromises } = await load('promises.mjs');
const { checkTemporary, PlaintextSearch } = await load('storage.mjs');
const { checkAged, checkOneToOne, checkYoung } = await load('sweeps.mjs');

const OLD_MS = 31 * 24 * 60 * 60 * 1000;

/** The name of a container that no row has. */
const LOST = 'ab'.repeat(16);

type Undo = () => unknown;

function pathOf({ place }: CheckedPlace, filename: string): string {
  return join(place.data, objectKey(objectNameOf(filename)));
}

/** Leaves a file in the store. */
async function lose(checked: CheckedPlace, suffix = ''): Promise<string> {
  const path = pathOf(checked, LOST) + suffix;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'lost');
  return path;
}

/** Runs one statement beside the drive. */
async function query<Row>(
  { place }: CheckedPlace,
  statement: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { database } = place;
  const source = new DataSource({ type: 'better-sqlite3', database });
  await source.initialize();
  try {
    return await source.query<Row[]>(statement, [...values]);
  } finally {
    await source.destroy();
  }
}

/** What breaks a promise, and how the check calls it. */
const BROKEN: readonly [
  what: string,
  promise: string,
  act: (checked: CheckedPlace) => Promise<Undo> | Undo,
][] = [
  [
    'a row without its container',
    'every row has its container',
    async (checked) => {
      const path = pathOf(checked, checked.file.filename);
      await rename(path, `${path}.part`);
      return () => rename(`${path}.part`, path);
    },
  ],
  [
    'a row that cannot be read',
    'every row is readable',
    async (checked) => {
      const path = pathOf(checked, checked.file.filename);
      const { size } = await stat(path);
      await appendFile(path, '!');
      return () => truncate(path, size);
    },
  ],
  [
    'an upload that is lost',
    'what was acknowledged is there',
    async (checked) => {
      const named = [checked.file.filename];
      const all = 'SELECT * FROM files WHERE filename = ?';
      const [row = {}] = await query<object>(checked, all, named);
      await query(checked, 'DELETE FROM files WHERE filename = ?', named);
      const columns = Object.keys(row).join(', ');
      const marks = Object.keys(row).map(() => '?');
      const again = `INSERT INTO files (${columns}) VALUES (${marks.join(', ')})`;
      return () => query(checked, again, Object.values(row));
    },
  ],
  [
    'a deleted file that is there',
    'what was acknowledged as deleted is gone',
    ({ file }) => {
      file.state = 'gone';
      return () => (file.state = 'kept');
    },
  ],
  [
    'rows of an erased account',
    'an erased account has no rows',
    ({ account }) => {
      account.state = 'erased';
      return () => (account.state = 'active');
    },
  ],
  [
    'a link without its file',
    'no link is left without its file',
    async (checked) => {
      await query(
        checked,
        `INSERT INTO links (hash, filename, owner, terms, expiresAt,
         maxDownloads, remaining, budget, attemptsUntil, createdAt)
         VALUES ('', ?, '', '', 0, 1, 1, 1, 0, 0)`,
        [LOST],
      );
      return () => query(checked, 'DELETE FROM links');
    },
  ],
  [
    'a file in the temporary folder',
    'a start leaves nothing in the temporary folder',
    async ({ place }) => {
      const path = join(place.tmp, 'left');
      await writeFile(path, '');
      return () => rm(path);
    },
  ],
  [
    'plaintext of a content in the store',
    'no plaintext is left',
    async (checked) => {
      const path = await lose(checked, '.part');
      await appendFile(path, `so ${checked.contents.canary} it is`);
      return () => rm(path);
    },
  ],
  [
    'a name beside the database',
    'no plaintext is left',
    async ({ place, contents }) => {
      const path = `${place.database}-journal-of-old`;
      await writeFile(path, contents.nameCanary);
      return () => rm(path);
    },
  ],
  [
    'a sweep that removes what should be young',
    'a sweep removes nothing that is young',
    async (checked) => {
      const path = await lose(checked);
      const old = (Date.now() - OLD_MS) / 1000;
      await utimes(path, old, old);
      return () => rm(path, { force: true });
    },
  ],
  [
    'a container without a row after a sweep',
    'rows and containers match after a sweep',
    async (checked) => {
      const path = await lose(checked);
      return () => rm(path);
    },
  ],
];

describe('the checks of the campaign', { timeout: 60_000 }, () => {
  const checked = useCheckedPlace();

  /** One has its name for a moment: what was asked before may be under way. */
  async function isAtRest(): Promise<void> {
    const { place } = checked();
    await vi.waitFor(() => checkTemporary(place.tmp), { timeout: 10_000 });
  }

  /** Passes or fails at once, on a drive at rest; one that passes leaves it so. */
  async function checkAll(): Promise<void> {
    const { acting, place, contents, sweeper } = checked();
    await new PlaintextSearch(contents).check(place, acting.drive.printed);
    await checkTemporary(place.tmp);
    await checkPromises(acting, place);
    await checkYoung(sweeper, place);
    await checkOneToOne(place);
    await isAtRest();
  }

  it.each(BROKEN)('find %s', async (_what, promise, act) => {
    await checkAll();
    const undo = await act(checked());
    await expect(checkAll()).rejects.toThrow(promise);
    await undo();
    await isAtRest();
    await checkAll();
  });

  it('find what a sweep is to remove, and see it removed', async () => {
    const { sweeper, place } = checked();
    const found = () => checkAged(sweeper, place, () => true);
    await lose(checked());
    expect(await found()).toEqual({ orphans: 1, parts: 0, refused: false });
    await checkAll();
    await lose(checked(), '.part');
    expect(await found()).toEqual({ orphans: 0, parts: 1, refused: false });
    await checkAll();
  });
});
