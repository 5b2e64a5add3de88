import { randomBytes } from 'node:crypto';
import type { Dirent, Stats } from 'node:fs';
import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDead, ownProcessMark, type ProcessMark } from './process-mark.js';

/** A folder that this process has made, and how to know it again. */
export interface ProcessFolder {
  readonly path: string;
  readonly device: number;
  readonly inode: number;
}

/** Only its owner enters, lists and changes such a folder. */
const PRIVATE = 0o700;

/**
 * Makes a folder that belongs to this process and to nobody else, mode 0700:
 * `fencryptor_<host mark>_<pid>_<start mark>_<16 random hexadecimal digits>`.
 *
 * @param base - real path of an existing folder.
 */
export async function makeProcessFolder(base: string): Promise<ProcessFolder> {
  const { host, pid, start } = await ownProcessMark();
  const random = randomBytes(8).toString('hex');
  const name = `fencryptor_${host}_${pid}_${start}_${random}`;
  const path = join(base, name);
  await makePrivateFolder(path);
  const { dev: device, ino: inode } = await lstat(path);
  return { path, device, inode };
}

/**
 * Makes one folder with mode 0700 whatever the umask; fails if anything has its
 * name, a symbolic link that leads nowhere included.
 */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, PRIVATE);
  // A umask takes rights away, the owner's too.
  await chmod(path, PRIVATE);
}

/** Whether the folder is still the one that was made. */
export async function isInPlace(folder: ProcessFolder): Promise<boolean> {
  const stats = await findStats(folder.path);
  return (
    stats !== undefined &&
    isOwnFolder(stats) &&
    stats.dev === folder.device &&
    stats.ino === folder.inode
  );
}

/**
 * Removes a folder and what is in it; links in it are removed, not followed.
 * What another program holds is tried several times.
 */
export async function removeProcessFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/**
 * Removes the folders that dead processes of this host have left: real folders
 * of this user with such a name. Nothing else at `base` is touched.
 *
 * @param report - told what could not be removed; the next start tries again.
 */
export async function removeDeadFolders(
  base: string,
  report: (error: unknown) => void,
): Promise<void> {
  try {
    for (const entry of await readdir(base, { withFileTypes: true })) {
      await removeIfDead(base, entry).catch(report);
    }
  } catch (error) {
    report(error);
  }
}

async function removeIfDead(base: string, entry: Dirent): Promise<void> {
  const mark = findMark(entry.name);
  if (!mark || !(await isDead(mark))) return;
  const path = join(base, entry.name);
  const stats = await findStats(path);
  if (stats && isOwnFolder(stats)) await removeProcessFolder(path);
}

const NAME =
  /^fencryptor_(?<host>[0-9a-f]{8})_(?<pid>[1-9][0-9]{0,9})_(?<start>[0-9]{1,20}-[0-9a-f]{8}|unknown)_[0-9a-f]{16}$/;

function findMark(name: string): ProcessMark | undefined {
  const { host, pid, start } = NAME.exec(name)?.groups ?? {};
  if (!host || !pid || !start) return undefined;
  return { host, pid: Number(pid), start };
}

/** What lies under a path, links not followed; undefined if nothing does. */
export async function findStats(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Whether it is a real folder, and this process's user owns it. */
function isOwnFolder(stats: Stats): boolean {
  const user = process.geteuid?.();
  return stats.isDirectory() && (user === undefined || stats.uid === user);
}
