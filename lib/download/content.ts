import { Readable } from 'node:stream';
import type { ByteRange } from '../core/floe/geometry.js';

/** Which bytes, and until when. */
export interface ReadOptions {
  /** Within the plaintext; all of it when absent. */
  readonly range?: ByteRange | undefined;
  /** Ends the reading between two batches. */
  readonly signal?: AbortSignal | undefined;
}

/** The content of a stored file, read on demand, any number of times. */
export interface Content {
  /**
   * Whether what comes out is known to be what was stored; else some changes are
   * noticed, and others are not.
   */
  readonly authenticated: boolean;

  /**
   * Decrypts, a batch at a time.
   *
   * @yields plaintext, checked as far as it can be, in buffers that the consumer
   * owns.
   * @throws RangeError if the range is not within the file.
   */
  batches(options?: ReadOptions): AsyncGenerator<Buffer, void>;

  /**
   * Decrypts; otherwise as {@link batches}.
   *
   * @param write - not called again before its promise has settled; the batch
   * is its own until then.
   */
  writeTo(
    write: (batch: Buffer) => Promise<void>,
    options?: ReadOptions,
  ): Promise<void>;

  /** Reads and checks, and releases nothing. */
  verify(options?: ReadOptions): Promise<void>;

  /** The batches as they are read; an error destroys the stream. */
  stream(options?: ReadOptions): Readable;
}

/**
 * A byte stream of batches that nobody else uses. Destroying it ends the
 * generator.
 */
export function streamOf(batches: AsyncGenerator<Buffer, void>): Readable {
  return Readable.from(batches, { objectMode: false });
}
