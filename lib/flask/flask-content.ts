import type { Readable } from 'node:stream';
import { checkRange } from '../core/container/container-reader.js';
import { FormatError, nameFile } from '../core/errors.js';
import type { ByteRange } from '../core/floe/geometry.js';
import {
  type Content,
  type ReadOptions,
  streamOf,
} from '../download/content.js';
import type { FlaskFile } from './flask-file.js';

/** What it takes to read an old file any number of times. */
export interface FlaskContentParts {
  /** Of its row. */
  readonly filename: string;
  /** Plaintext bytes, as its header said when it was looked up. */
  readonly size: number;
  readonly open: () => Promise<FlaskFile>;
}

/**
 * The content of an old file. A range costs as much as all of it: it is read
 * from its beginning to its end, where the filling shows most wrong tokens. The
 * last batch is held back until then, so that an answer is never complete
 * before a wrong filling is found.
 */
export class FlaskContent implements Content {
  readonly authenticated = false;
  readonly #parts: FlaskContentParts;

  constructor(parts: FlaskContentParts) {
    this.#parts = parts;
  }

  /**
   * @throws {@link FormatError} if the file has another size than before, or its
   * filling is not spaces.
   * @throws ObjectNotFoundError if it is gone; StoreError if it cannot be read.
   */
  async *batches({ range, signal }: ReadOptions = {}): AsyncGenerator<
    Buffer,
    void
  > {
    const { filename, size } = this.#parts;
    const wanted = range ?? { start: 0, end: size };
    checkRange(wanted, size);
    try {
      signal?.throwIfAborted();
      const content = await this.#open();
      try {
        yield* lastHeldBack(within(content, wanted, signal));
      } finally {
        await content.return();
      }
    } catch (error) {
      throw nameFile(error, filename);
    }
  }

  async writeTo(
    write: (batch: Buffer) => Promise<void>,
    options?: ReadOptions,
  ): Promise<void> {
    for await (const batch of this.batches(options)) await write(batch);
  }

  async verify(options?: ReadOptions): Promise<void> {
    await this.writeTo(async () => undefined, options);
  }

  stream(options?: ReadOptions): Readable {
    return streamOf(this.batches(options));
  }

  async #open(): Promise<FlaskFile['content']> {
    const { size, content } = await this.#parts.open();
    if (size === this.#parts.size) return content;
    await content.return();
    throw new FormatError(
      'The old file has become longer or shorter since it was looked up: ask for it again.',
    );
  }
}

/** @yields what of the pieces lies in the range; the others are read as well. */
async function* within(
  content: AsyncIterable<Buffer>,
  { start, end }: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void> {
  let position = 0;
  for await (const piece of content) {
    signal?.throwIfAborted();
    const from = Math.max(0, start - position);
    const to = Math.max(0, end - position);
    const wanted = piece.subarray(from, to);
    position += piece.length;
    if (wanted.length > 0) yield wanted;
  }
}

/** @yields each batch when the next one is there, the last one at the end. */
async function* lastHeldBack(
  batches: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer, void> {
  let last: Buffer | undefined;
  for await (const batch of batches) {
    if (last) yield last;
    last = batch;
  }
  if (last) yield last;
}
