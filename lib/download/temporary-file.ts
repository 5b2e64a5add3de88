import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { StoreError } from '../core/errors.js';
import { readFully, writeFully } from '../core/store/file-io.js';
import { removeName, removeNamePatiently } from './name-removal.js';
import { temporaryFailure } from './temporary-failure.js';
import { TemporaryFileStream } from './temporary-file-stream.js';
import type { ReservedSpace } from './temporary-space.js';

/** How a temporary file is made. */
export interface TemporaryFileOptions {
  /** Whether it keeps its name until it is closed; else it is anonymous. */
  readonly named: boolean;
  /** What it may hold; the file's from its creation on, given back on closing. */
  readonly space: ReservedSpace;
  /** Told that a name could not be removed; the folder's removal will. */
  readonly report: (error: unknown) => void;
}

/** Bytes `start` to `end` of a file, `end` not included. */
export interface TemporaryRange {
  readonly start: number;
  readonly end: number;
}

const PRIVATE = 0o600;

/**
 * A private file that is written, read, and gone once it is closed. It holds a
 * descriptor until `close`, or until its read stream has ended or was destroyed.
 */
export class TemporaryFile implements AsyncDisposable {
  /** Where a named file lies; undefined for an anonymous one. */
  readonly path: string | undefined;

  readonly #handle: FileHandle;
  readonly #report: (error: unknown) => void;
  readonly #space: ReservedSpace;
  /** The name that is still to be removed. */
  #name: string | undefined;
  #size = 0;
  #stream: Readable | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    handle: FileHandle,
    name: string,
    { named, report, space }: TemporaryFileOptions,
  ) {
    this.path = named ? name : undefined;
    this.#handle = handle;
    this.#report = report;
    this.#space = space;
    this.#name = name;
  }

  /**
   * Creates an empty file, mode 0600; never opens what is there already. The
   * name of an anonymous one is removed before a byte is written; where the
   * system refuses that, on closing.
   *
   * @param path - a new name in a private folder.
   * @throws the system's own error; nothing is left then but the reservation.
   * @internal
   */
  static async create(
    path: string,
    options: TemporaryFileOptions,
  ): Promise<TemporaryFile> {
    const { O_CREAT, O_EXCL, O_RDWR } = constants;
    const handle = await open(path, O_CREAT | O_EXCL | O_RDWR, PRIVATE);
    const file = new TemporaryFile(handle, path, options);
    try {
      // A umask takes rights away, the owner's too.
      if (options.named) await handle.chmod(PRIVATE);
      // Windows may refuse this while the file is open: `close` removes it then.
      else await file.#removeName(removeName).catch(() => undefined);
    } catch (cause) {
      await file.close();
      throw cause;
    }
    return file;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends all of `bytes`. Calls that overlap are placed in the order in which
   * they were made. After a failure the file is of no further use.
   *
   * @param bytes - the caller's; read until the promise settles.
   * @throws {@link StoreError}, with code `STORE_FULL` if there is no room; also
   * if it would hold more than was reserved, of which nothing is written then.
   */
  async write(bytes: Uint8Array): Promise<void> {
    const position = this.#size;
    if (position + bytes.length > this.#space.bytes) {
      throw new StoreError(
        `A temporary file would hold more than the ${this.#space.bytes} bytes that were reserved for it. Reserve all that is written.`,
      );
    }
    this.#size += bytes.length;
    try {
      await writeFully(this.#handle, bytes, position);
    } catch (cause) {
      throw temporaryFailure('write', cause);
    }
  }

  /**
   * Fills `into` with the bytes from `position` on; calls may overlap.
   *
   * @param into - the caller's; written until the promise settles.
   * @returns bytes read: `into.length`, less only where the file ends.
   * @throws {@link StoreError} if the system does.
   */
  async read(into: Uint8Array, position: number): Promise<number> {
    try {
      return await readFully(this.#handle, into, position);
    } catch (cause) {
      throw temporaryFailure('read', cause);
    }
  }

  /**
   * Reads from the same descriptor what has been written so far, or a range of
   * it. When the stream has ended, failed or was destroyed, the file is closed;
   * its `close` event comes after that. A file has one stream at most.
   *
   * @throws RangeError if the range is not within what has been written.
   * @throws {@link StoreError} if the file is closed, or has a stream already.
   */
  createReadStream(range?: TemporaryRange): Readable {
    const { start, end } = range ?? { start: 0, end: this.#size };
    const ordered = 0 <= start && start <= end && end <= this.#size;
    if (!ordered || !Number.isInteger(start) || !Number.isInteger(end)) {
      throw new RangeError(
        `A range lies between 0 and the file's ${this.#size} bytes; this one is ${start} to ${end}.`,
      );
    }
    if (this.#closing || this.#stream) {
      throw new StoreError(
        'A temporary file can be streamed once, before it is closed.',
      );
    }
    this.#stream = new TemporaryFileStream(this, { start, end });
    return this.#stream;
  }

  /**
   * Closes the file and removes its name; a stream that has not ended is
   * destroyed, and never looks complete. May be called again, and never fails:
   * a name that cannot be removed, though tried several times, is left to the
   * removal of the folder.
   */
  close(): Promise<void> {
    // Not begun before it is stored: destroying the stream calls `close` again.
    this.#closing ??= Promise.resolve().then(() => this.#release());
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #release(): Promise<void> {
    this.#stream?.destroy();
    // The bytes are thrown away: that the system lost some is of no interest.
    await this.#handle.close().catch(() => undefined);
    try {
      await this.#removeName(removeNamePatiently);
    } catch (cause) {
      this.#report(temporaryFailure('remove', cause));
    } finally {
      this.#space.release();
    }
  }

  async #removeName(remove: (path: string) => Promise<void>): Promise<void> {
    if (this.#name === undefined) return;
    await remove(this.#name);
    this.#name = undefined;
  }
}
