import { Readable } from 'node:stream';
import { StoreError } from '../core/errors.js';
import type { TemporaryFile, TemporaryRange } from './temporary-file.js';

/** Bytes of one read, and of what is read ahead of the consumer. */
const READ_BYTES = 256 * 1024;

/**
 * Reads a temporary file by positional reads. The stream owns the file: it is
 * closed when the stream has ended, failed or was destroyed, and the event
 * `close` comes after that.
 *
 * @internal
 */
export class TemporaryFileStream extends Readable {
  readonly #file: TemporaryFile;
  readonly #end: number;
  #position: number;

  /** @param range - lies within the file. */
  constructor(file: TemporaryFile, { start, end }: TemporaryRange) {
    super({ highWaterMark: READ_BYTES });
    this.#file = file;
    this.#position = start;
    this.#end = end;
  }

  override _read(): void {
    this.#next().then(
      (chunk) => this.push(chunk),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(
    error: Error | null,
    callback: (error: Error | null) => void,
  ): void {
    void this.#file.close().then(() => callback(error));
  }

  /** The next chunk, in a buffer that the consumer owns; null at the end. */
  async #next(): Promise<Buffer | null> {
    const length = Math.min(READ_BYTES, this.#end - this.#position);
    if (length === 0) return null;
    const chunk = Buffer.allocUnsafeSlow(length);
    const bytesRead = await this.#file.read(chunk, this.#position);
    if (bytesRead < length) {
      throw new StoreError(
        'A temporary file has become shorter while it was read. Find out what else writes to the folder for temporary files.',
      );
    }
    this.#position += length;
    return chunk;
  }
}
