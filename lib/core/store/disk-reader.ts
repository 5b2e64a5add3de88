import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { PART_SUFFIX } from './disk-writer.js';
import { readFully } from './file-io.js';
import { exists, type Disk } from './file-system.js';
import { hasFolders } from './folders.js';
import type { ObjectReader } from './object-store.js';
import {
  neverFollowed,
  objectNotFound,
  storeFailure,
} from './store-failure.js';

/** Not blocking, for a planted named pipe would hold a thread for ever. */
const READ_FLAGS =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens an object: a regular file, reached through no link.
 *
 * @param key - a checked key.
 * @throws ObjectNotFoundError if there is none, or the system's own error.
 */
export async function openObject(
  disk: Disk,
  key: string,
): Promise<ObjectReader> {
  if (!(await hasFolders(disk, key))) throw objectNotFound();
  const path = join(disk.root, key);
  const reader = await openFile(disk, path);
  if (reader.size > 0) return reader;
  // An empty file may be the place of an object that is just being completed.
  await reader.close();
  if (await exists(disk.fs, path + PART_SUFFIX)) throw objectNotFound();
  return openFile(disk, path);
}

async function openFile(disk: Disk, path: string): Promise<DiskReader> {
  const handle = await disk.fs.open(path, READ_FLAGS);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw neverFollowed();
    return new DiskReader(handle, stats.size);
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}

class DiskReader implements ObjectReader {
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    try {
      return await readFully(this.#handle, into, position);
    } catch (cause) {
      throw storeFailure('read', cause);
    }
  }

  /** Waits for the reads under way. A FileHandle may be closed again. */
  async close(): Promise<void> {
    try {
      await this.#handle.close();
    } catch (cause) {
      throw storeFailure('read', cause);
    }
  }
}
