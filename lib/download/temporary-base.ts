import type { Stats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from '../core/errors.js';
import { findStats, makePrivateFolder } from './process-folder.js';
import { TMP_DIR } from './temporary-failure.js';

/**
 * Finds the folder in which process folders are made.
 *
 * A configured one is made with mode 0700 if it is missing, the folders above
 * it too. The system's own is taken as it is: a process folder is private
 * wherever it lies, and is looked at again before each use.
 *
 * @param configured - the option `tmpDir`; undefined means `os.tmpdir()`.
 * @returns its real path, absolute.
 * @throws {@link ConfigurationError} if a configured folder is a symbolic link
 * or no folder, if it belongs to another user than this one and root, or if
 * others may write to it and it has no sticky bit. Else the system's own error.
 */
export async function prepareBase(configured?: string): Promise<string> {
  if (configured === undefined) return await realpath(tmpdir());
  if (configured.trim() === '') {
    throw new ConfigurationError(
      `${TMP_DIR} is empty. Give a folder, or leave it out for the system's.`,
    );
  }
  const path = resolve(configured);
  await makeFolders(path);
  checkFolder(await lstat(path));
  return await realpath(path);
}

/** Makes a folder and those above it, as far as they are missing. */
async function makeFolders(path: string): Promise<void> {
  if (await findStats(path)) return;
  await makeFolders(dirname(path));
  try {
    await makePrivateFolder(path);
  } catch (error) {
    // Another process that starts now may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function checkFolder(stats: Stats): void {
  const fault = findFault(stats);
  if (!fault) return;
  throw new ConfigurationError(
    `${TMP_DIR} ${fault} Give a folder that only this process's user may write to (chmod 700); a name that does not exist yet, in a folder that does, will be made so.`,
  );
}

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

function findFault(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'is a symbolic link.';
  if (!stats.isDirectory()) return 'is not a folder.';
  const user = process.geteuid?.();
  // Windows has neither owners nor modes of this kind.
  if (user === undefined) return undefined;
  if (stats.uid !== user && stats.uid !== 0) return 'belongs to another user.';
  const open = (stats.mode & WRITABLE_BY_OTHERS) !== 0;
  if (open && (stats.mode & STICKY) === 0) {
    return 'may be written to by others, and has no sticky bit.';
  }
  return undefined;
}
