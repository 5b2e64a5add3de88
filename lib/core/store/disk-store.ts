import * as files from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { listObjects } from './disk-listing.js';
import { openObject } from './disk-reader.js';
import { openWriter, PART_SUFFIX } from './disk-writer.js';
import { unlinkIfThere, type Disk, type FileSystem } from './file-system.js';
import { hasFolders, openRoot, syncFolder } from './folders.js';
import { parseObjectKey } from './object-key.js';
import {
  type ObjectEntry,
  type ObjectReader,
  ObjectStore,
  type ObjectWriter,
} from './object-store.js';
import { storeFailure } from './store-failure.js';

/** Options of {@link DiskStore}. */
export interface DiskStoreOptions {
  /**
   * Whether an object is on the medium when `commit` returns, and gone from it
   * when `remove` does. By default true. Without it a crash of the machine may
   * lose what was written shortly before; a crash of the process loses nothing.
   */
  readonly durable?: boolean;
  /** @internal */
  readonly fs?: FileSystem;
}

/**
 * Objects as files below one folder, the object `ab/cd/<filename>` as the file
 * of that path.
 *
 * Folders are made with mode 0700 and files with 0600, whatever the umask. A
 * link in the place of a folder or a file is never followed. While an object
 * is written it is the file `<filename>.part`; it gets its final name in one
 * step. Folders stay when they are empty.
 *
 * Several processes, and several machines over a network file system that knows
 * exclusive creation, may share one folder.
 */
export class DiskStore extends ObjectStore {
  readonly #disk: Disk;

  /**
   * @param root - the folder, made by `open` if it is missing; relative to the
   * working directory at this moment. It may be a link; nothing in it may.
   */
  constructor(root: string, options: DiskStoreOptions = {}) {
    super();
    const { durable = true, fs = files } = options;
    this.#disk = { root: resolve(root), durable, fs, unsettled: new Set() };
  }

  override async open(): Promise<void> {
    try {
      await openRoot(this.#disk);
    } catch (cause) {
      throw storeFailure('open', cause);
    }
  }

  override async create(key: string): Promise<ObjectWriter> {
    const checked = parseObjectKey(key);
    try {
      return await openWriter(this.#disk, checked);
    } catch (cause) {
      throw storeFailure('create', cause);
    }
  }

  override async read(key: string): Promise<ObjectReader> {
    const checked = parseObjectKey(key);
    try {
      return await openObject(this.#disk, checked);
    } catch (cause) {
      throw storeFailure('read', cause);
    }
  }

  /**
   * Removes an object, or what an unfinished write of it has left. A write that
   * is still going on fails when it is completed.
   *
   * @returns whether there was one of the two.
   */
  override async remove(key: string): Promise<boolean> {
    const checked = parseObjectKey(key);
    try {
      return await removeObject(this.#disk, checked);
    } catch (cause) {
      throw storeFailure('remove', cause);
    }
  }

  /**
   * All objects, and what unfinished writes have left, one entry a key; in no
   * order. What was not made by a store is passed over.
   */
  override async *list(): AsyncGenerator<ObjectEntry> {
    try {
      yield* listObjects(this.#disk);
    } catch (cause) {
      throw storeFailure('list', cause);
    }
  }

  /** Whether both have one folder, by whatever paths. */
  override async isSamePlace(other: ObjectStore): Promise<boolean> {
    if (other === this) return true;
    if (!(other instanceof DiskStore)) return false;
    try {
      return await isSameRoot(this.#disk, other.#disk);
    } catch (cause) {
      throw storeFailure('list', cause);
    }
  }
}

async function isSameRoot(one: Disk, other: Disk): Promise<boolean> {
  const [{ dev, ino }, { dev: otherDev, ino: otherIno }] = await Promise.all([
    one.fs.stat(one.root, { bigint: true }),
    other.fs.stat(other.root, { bigint: true }),
  ]);
  return dev === otherDev && ino === otherIno;
}

async function removeObject(disk: Disk, key: string): Promise<boolean> {
  if (!(await hasFolders(disk, key))) return false;
  const final = join(disk.root, key);
  // The part first: a writer could still make an object of it.
  const hadPart = await unlinkIfThere(disk.fs, final + PART_SUFFIX);
  const hadObject = await unlinkIfThere(disk.fs, final);
  // Also if nothing was there: an earlier try may have failed here.
  await syncFolder(disk, dirname(final));
  return hadPart || hadObject;
}
