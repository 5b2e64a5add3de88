import { constants, type BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreError } from '../errors.js';
import { writeFully } from './file-io.js';
import { exists, unlinkIfThere, type Disk } from './file-system.js';
import { makeFolders, syncFolder } from './folders.js';
import type { ObjectWriter } from './object-store.js';
import { errnoName, objectExists, storeFailure } from './store-failure.js';

/** What a file under construction is called: the object's filename and this. */
export const PART_SUFFIX = '.part';

const FILE_MODE = 0o600;
const NEW_FILE =
  constants.O_CREAT |
  constants.O_EXCL |
  constants.O_WRONLY |
  constants.O_NOFOLLOW;

/** What `link` says where the file system has no hard links. */
const NO_LINKS = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

/**
 * Begins an object: opens `<filename>.part` beside its final place.
 *
 * The part is created exclusively, so whoever holds it is the only writer of
 * the key among all processes.
 *
 * @param key - a checked key.
 * @throws StoreError with code `OBJECT_EXISTS` if object or part is there.
 */
export async function openWriter(
  disk: Disk,
  key: string,
): Promise<ObjectWriter> {
  const final = join(disk.root, key);
  const part = final + PART_SUFFIX;
  const writer = new DiskWriter(disk, {
    final,
    part,
    handle: await openPart(disk, key, { final, part }),
  });
  try {
    await writer.identify();
  } catch (cause) {
    // What matters is why it failed. A part that stays is listed as unfinished.
    await writer.abort().catch(() => undefined);
    throw cause;
  }
  return writer;
}

interface Paths {
  readonly final: string;
  readonly part: string;
}

async function openPart(
  disk: Disk,
  key: string,
  paths: Paths,
): Promise<FileHandle> {
  try {
    return await tryPart(disk, key, paths);
  } catch (cause) {
    // Somebody has just removed the empty folder, or has made it and not yet
    // given it its mode. Both are over when makeFolders has run.
    const name = errnoName(cause);
    if (name !== 'ENOENT' && name !== 'EACCES') throw cause;
    return tryPart(disk, key, paths);
  }
}

async function tryPart(
  disk: Disk,
  key: string,
  { final, part }: Paths,
): Promise<FileHandle> {
  const [taken] = await Promise.all([
    exists(disk.fs, final),
    makeFolders(disk, key),
  ]);
  if (taken) throw objectExists();
  return disk.fs.open(part, NEW_FILE, FILE_MODE);
}

class DiskWriter implements ObjectWriter {
  readonly #disk: Disk;
  readonly #paths: Paths;
  readonly #handle: FileHandle;
  /** Identities of the files made here: by them a name is known as ours. */
  readonly #made = new Set<string>();
  #state: 'open' | 'failed' | 'committed' | 'aborted' = 'open';
  /** Whether the final name may lead to a file made here. */
  #mayHoldFinal = false;

  constructor(
    disk: Disk,
    { handle, ...paths }: Paths & { readonly handle: FileHandle },
  ) {
    this.#disk = disk;
    this.#paths = paths;
    this.#handle = handle;
  }

  /** Learns the file's identity, and gives it the rights that a umask took. */
  async identify(): Promise<void> {
    const stats = await this.#handle.stat({ bigint: true });
    this.#made.add(identityOf(stats));
    // Only then: where files have no modes, chmod is refused.
    if ((Number(stats.mode) & FILE_MODE) !== FILE_MODE) {
      await this.#handle.chmod(FILE_MODE);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#leaveOpen();
    try {
      await writeFully(this.#handle, bytes);
    } catch (cause) {
      throw storeFailure('write', cause);
    }
    this.#state = 'open';
  }

  async commit(): Promise<void> {
    this.#leaveOpen();
    try {
      if (this.#disk.durable) await this.#handle.sync();
      await this.#publish();
      await syncFolder(this.#disk, dirname(this.#paths.final));
      // Closed last: while it is open, no other file can get its inode number.
      await this.#handle.close();
    } catch (cause) {
      throw storeFailure('commit', cause);
    }
    this.#state = 'committed';
  }

  async abort(): Promise<void> {
    if (this.#state === 'committed' || this.#state === 'aborted') return;
    this.#state = 'failed';
    try {
      await this.#removeNames();
    } catch (cause) {
      throw storeFailure('abort', cause);
    } finally {
      // What it says of bytes that are thrown away is of no interest.
      await this.#handle.close().catch(() => undefined);
    }
    this.#state = 'aborted';
  }

  /** Every step begins as failed, and is set right when it has succeeded. */
  #leaveOpen(): void {
    if (this.#state !== 'open') {
      throw new StoreError(
        `An object takes bytes and is completed while it is open; this one is ${this.#state}. Begin another.`,
      );
    }
    this.#state = 'failed';
  }

  /** Moves the file from the part's name to the final one. */
  async #publish(): Promise<void> {
    const { final, part } = this.#paths;
    await this.#requireOurs(part);
    this.#mayHoldFinal = true;
    try {
      await this.#disk.fs.link(part, final);
    } catch (cause) {
      if (NO_LINKS.has(errnoName(cause))) return this.#publishByRename();
      // Over a network the answer to a link that was made may have been lost;
      // the second try then says EEXIST.
      if (!(await this.#isOurs(final))) throw cause;
    }
    await this.#requireOurs(final);
    await unlinkIfThere(this.#disk.fs, part);
  }

  /**
   * Without hard links: `rename` replaces what it meets, so an empty file takes
   * the final name first, exclusively. An empty file with a part beside it is
   * no object to any reader.
   */
  async #publishByRename(): Promise<void> {
    const { final, part } = this.#paths;
    const reservation = await this.#reserve();
    await this.#requireOurs(final);
    await this.#disk.fs.rename(part, final);
    this.#made.delete(reservation);
    await this.#requireOurs(final);
  }

  /** @returns the identity of the empty file. */
  async #reserve(): Promise<string> {
    const { final } = this.#paths;
    const handle = await this.#disk.fs.open(final, NEW_FILE, FILE_MODE);
    try {
      const identity = identityOf(await handle.stat({ bigint: true }));
      this.#made.add(identity);
      return identity;
    } catch (cause) {
      // Not knowing its identity, abort could not tell it from another's.
      await unlinkIfThere(this.#disk.fs, final);
      throw cause;
    } finally {
      // Some of these file systems do not let an open file be replaced.
      await handle.close();
    }
  }

  async #removeNames(): Promise<void> {
    const { final, part } = this.#paths;
    // The final name first: a crash in between leaves an unfinished write.
    try {
      if (this.#mayHoldFinal) await this.#removeOurs(final);
    } finally {
      await this.#removeOurs(part);
    }
    // The folder is not flushed. A name that a crash of the machine brings back
    // is one that no row has.
  }

  async #removeOurs(path: string): Promise<void> {
    // Without an identity nothing but the part was made, a moment ago.
    if (this.#made.size === 0 || (await this.#isOurs(path))) {
      await unlinkIfThere(this.#disk.fs, path);
    }
  }

  async #requireOurs(path: string): Promise<void> {
    if (await this.#isOurs(path)) return;
    throw new StoreError(
      'The file of an unfinished object was removed or exchanged while it was written; the object was not completed. Find out what else cleans the folder of the store.',
    );
  }

  /** Whether a name leads to a file made here. */
  async #isOurs(path: string): Promise<boolean> {
    try {
      const stats = await this.#disk.fs.lstat(path, { bigint: true });
      return this.#made.has(identityOf(stats));
    } catch (cause) {
      if (errnoName(cause) === 'ENOENT') return false;
      throw cause;
    }
  }
}

/** Device and inode: as long as the file exists, no other one has both. */
function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
