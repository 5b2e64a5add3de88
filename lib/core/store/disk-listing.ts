import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { PART_SUFFIX } from './disk-writer.js';
import type { Disk } from './file-system.js';
import { isFilename } from './object-key.js';
import type { ObjectEntry } from './object-store.js';
import { errnoName } from './store-failure.js';

const FOLDER = /^[0-9a-f]{2}$/;

/**
 * All objects of a store and what unfinished writes have left, one entry a key.
 * Folders are read piece by piece. What the store has not made is passed over:
 * other names, links, special files.
 *
 * @throws the system's own error, also if the root folder is gone: a volume
 * that is not mounted must not look like an empty store.
 */
export async function* listObjects(disk: Disk): AsyncGenerator<ObjectEntry> {
  for await (const outer of await disk.fs.opendir(disk.root)) {
    if (!outer.isDirectory() || !FOLDER.test(outer.name)) continue;
    for await (const inner of entriesOf(disk, outer.name)) {
      if (!inner.isDirectory() || !FOLDER.test(inner.name)) continue;
      yield* listFolder(disk, `${outer.name}/${inner.name}`);
    }
  }
}

async function* listFolder(
  disk: Disk,
  folder: string,
): AsyncGenerator<ObjectEntry> {
  for await (const { name } of entriesOf(disk, folder)) {
    const complete = !name.endsWith(PART_SUFFIX);
    const filename = complete ? name : name.slice(0, -PART_SUFFIX.length);
    if (!isFilename(filename)) continue;
    const key = `${folder}/${filename}`;
    const entry = await (complete ? findObject : findPart)(disk, key);
    if (entry) yield entry;
  }
}

/** The entries of a folder; none if it has been removed meanwhile. */
async function* entriesOf(disk: Disk, folder: string) {
  try {
    yield* await disk.fs.opendir(join(disk.root, folder));
  } catch (cause) {
    if (errnoName(cause) !== 'ENOENT') throw cause;
  }
}

async function findObject(
  disk: Disk,
  key: string,
): Promise<ObjectEntry | undefined> {
  const final = join(disk.root, key);
  const stats = await findFile(disk, final);
  if (stats?.size !== 0) return entryOf(key, stats, true);
  // An empty file may be the place of an object that is just being completed:
  // then its part is the entry.
  if (await findFile(disk, final + PART_SUFFIX)) return undefined;
  return entryOf(key, await findFile(disk, final), true);
}

async function findPart(
  disk: Disk,
  key: string,
): Promise<ObjectEntry | undefined> {
  const final = join(disk.root, key);
  const stats = await findFile(disk, final + PART_SUFFIX);
  // Removing this entry would remove the object as well: it is the object that
  // is listed.
  const object = await findFile(disk, final);
  return object && object.size > 0 ? undefined : entryOf(key, stats, false);
}

/** What is known of a regular file; undefined if there is none. */
async function findFile(disk: Disk, path: string): Promise<Stats | undefined> {
  try {
    const stats = await disk.fs.lstat(path);
    return stats.isFile() ? stats : undefined;
  } catch (cause) {
    if (errnoName(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

function entryOf(
  key: string,
  stats: Stats | undefined,
  complete: boolean,
): ObjectEntry | undefined {
  if (!stats) return undefined;
  const { size, mtimeMs } = stats;
  return { key, size, modifiedAt: Math.floor(mtimeMs), complete };
}
