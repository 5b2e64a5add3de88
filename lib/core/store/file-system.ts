import type * as files from 'node:fs/promises';
import { errnoName } from './store-failure.js';

/**
 * The calls that {@link DiskStore} makes. They are those of `node:fs/promises`;
 * a test wraps single ones to bring about a failure that no real disk shows on
 * demand.
 */
export type FileSystem = Pick<
  typeof files,
  | 'access'
  | 'chmod'
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'opendir'
  | 'rename'
  | 'stat'
  | 'unlink'
>;

/** What the parts of one {@link DiskStore} share. */
export interface Disk {
  /** Absolute path of the root folder. */
  readonly root: string;
  /** Whether files and folders are flushed to the medium. */
  readonly durable: boolean;
  readonly fs: FileSystem;
  /** Folders made by this process that may not be on the medium yet. */
  readonly unsettled: Set<string>;
}

/** Whether anything has this name, a link that leads nowhere included. */
export async function exists(
  fs: Pick<FileSystem, 'lstat'>,
  path: string,
): Promise<boolean> {
  try {
    await fs.lstat(path);
    return true;
  } catch (cause) {
    if (errnoName(cause) === 'ENOENT') return false;
    throw cause;
  }
}

/** Removes a name. @returns whether it was there. */
export async function unlinkIfThere(
  fs: Pick<FileSystem, 'unlink'>,
  path: string,
): Promise<boolean> {
  try {
    await fs.unlink(path);
    return true;
  } catch (cause) {
    if (errnoName(cause) === 'ENOENT') return false;
    throw cause;
  }
}
