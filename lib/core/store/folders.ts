import { constants, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { StoreError } from '../errors.js';
import type { Disk } from './file-system.js';
import { errnoName, neverFollowed } from './store-failure.js';

const FOLDER_MODE = 0o700;

/**
 * Makes sure that the root folder is there and can be used. It may be a link to
 * a folder, since the operator sets it; its mode is left as it is.
 *
 * @throws the system's own error, or StoreError if the path leads to no folder.
 */
export async function openRoot(disk: Disk): Promise<void> {
  await makeMissing(disk, disk.root);
  const stats = await disk.fs.stat(disk.root);
  if (!stats.isDirectory()) {
    throw new StoreError(
      'The path of the store leads to something that is no folder: set another path.',
    );
  }
  const { R_OK, W_OK, X_OK } = constants;
  await disk.fs.access(disk.root, R_OK | W_OK | X_OK);
}

/**
 * Whether the two folders of a key are there.
 *
 * @param key - a checked key, `ab/cd/<filename>`.
 * @throws StoreError if one of them is a link or no folder. Whoever may write
 * there can still exchange it a moment later: what this refuses is a link that
 * was planted beforehand.
 */
export async function hasFolders(disk: Disk, key: string): Promise<boolean> {
  const found = await Promise.all(
    foldersOf(disk, key).map((path) => findFolder(disk, path)),
  );
  return !found.includes(undefined);
}

/**
 * Makes the two folders of a key, as far as they are missing. With `durable`
 * they are on the medium before this process puts anything into them.
 *
 * @throws the system's own error, or StoreError if one is a link or no folder.
 */
export async function makeFolders(disk: Disk, key: string): Promise<void> {
  const paths = foldersOf(disk, key);
  const usable = await usableFolders(disk, paths);
  for (const path of paths) {
    const isSettled = usable.has(path) && !disk.unsettled.has(path);
    if (!isSettled) await makeFolder(disk, path);
  }
}

/** Puts a folder's entries on the medium, if the store is durable. */
export async function syncFolder(disk: Disk, path: string): Promise<void> {
  if (!disk.durable) return;
  const { O_DIRECTORY, O_RDONLY } = constants;
  const handle = await disk.fs.open(path, O_RDONLY | O_DIRECTORY);
  try {
    await handle.sync();
  } catch (cause) {
    // A file system that does not know how to flush folders says EINVAL. There
    // is nothing that could be done instead.
    if (errnoName(cause) !== 'EINVAL') throw cause;
  } finally {
    await handle.close();
  }
}

/** The folders `ab` and `ab/cd` of a key, outer one first. */
function foldersOf(disk: Disk, key: string): readonly string[] {
  return [join(disk.root, key.slice(0, 2)), join(disk.root, key.slice(0, 5))];
}

/** Makes the folders that lead to `path`, and `path`. */
async function makeMissing(disk: Disk, path: string): Promise<void> {
  try {
    await disk.fs.stat(path);
  } catch (cause) {
    if (errnoName(cause) !== 'ENOENT') throw cause;
    await makeMissing(disk, dirname(path));
    await makeFolder(disk, path);
  }
}

/** Makes one folder, or finishes what another process has just made. */
async function makeFolder(disk: Disk, path: string): Promise<void> {
  disk.unsettled.add(path);
  try {
    await disk.fs.mkdir(path, FOLDER_MODE);
  } catch (cause) {
    if (errnoName(cause) !== 'EEXIST') throw cause;
  }
  const stats = await disk.fs.lstat(path);
  if (!stats.isDirectory()) throw neverFollowed();
  if (lacksOwnerBits(stats)) await disk.fs.chmod(path, FOLDER_MODE);
  await syncFolder(disk, dirname(path));
  disk.unsettled.delete(path);
}

async function usableFolders(
  disk: Disk,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  const usable = await Promise.all(
    paths.map(async (path) =>
      (await isUsableFolder(disk, path)) ? [path] : [],
    ),
  );
  return new Set(usable.flat());
}

async function isUsableFolder(disk: Disk, path: string): Promise<boolean> {
  const stats = await findFolder(disk, path);
  // Without any right for its owner a folder is one that is being made under a
  // umask such as 0777: makeFolder finishes it. Whoever looks for an object is
  // refused by it: what it holds is not gone.
  return stats !== undefined && (stats.mode & FOLDER_MODE) !== 0;
}

/** @throws StoreError if it is a link or no folder. */
async function findFolder(
  disk: Disk,
  path: string,
): Promise<Stats | undefined> {
  try {
    const stats = await disk.fs.lstat(path);
    if (stats.isDirectory()) return stats;
  } catch (cause) {
    if (errnoName(cause) === 'ENOENT') return undefined;
    throw cause;
  }
  throw neverFollowed();
}

/** Whether the umask has taken from the owner what the store needs. */
function lacksOwnerBits(stats: Stats): boolean {
  return (stats.mode & FOLDER_MODE) !== FOLDER_MODE;
}
