import { beginMessage } from '../floe/message.js';
import { HEADER_LENGTH, SEGMENT_OVERHEAD } from '../floe/parameters.js';
import type { SegmentCipher } from '../floe/segment-cipher.js';
import { associatedData } from '../keys/associated-data.js';
import type { SecretKey } from '../secret-key.js';
import type { ObjectWriter } from '../store/object-store.js';
import { segmentsPerBatch } from './batch.js';
import { slabs } from './slab-pool.js';

/** What a container's content is bound to; its key is unique. */
export const CONTENT_AAD = associatedData('content');

/** How a container is written. */
export interface WriteContainerOptions {
  /** The file's data key. */
  readonly key: SecretKey;
  /** Plaintext bytes of a full segment. */
  readonly chunkSize: number;
}

/**
 * Encrypts a source into an object of the store, as its bytes arrive. The
 * source is read no faster than the store takes the result. Neither commits
 * nor aborts the object.
 *
 * @param source - chunks of any length; each is used only until the next one is
 * asked for.
 * @returns the plaintext's size in bytes.
 */
export async function writeContainer(
  source: AsyncIterable<Uint8Array>,
  writer: ObjectWriter,
  { key, chunkSize }: WriteContainerOptions,
): Promise<number> {
  const { header, segments } = beginMessage(key, {
    aad: CONTENT_AAD,
    chunkSize,
  });
  const body = new ContainerBody(segments, writer, header);
  try {
    for await (const chunk of source) await body.append(chunk);
    return await body.end();
  } finally {
    body.release();
  }
}

/**
 * Collects plaintext in one slab and encrypts it into another, a batch of
 * segments at a time. A full slab waits for the next byte, since the last
 * segment is marked as such.
 */
class ContainerBody {
  readonly #segments: SegmentCipher;
  readonly #writer: ObjectWriter;
  readonly #plain: Buffer;
  readonly #sealed: Buffer;
  #filled = 0;
  #used: number;
  #index = 0;
  #size = 0;

  constructor(segments: SegmentCipher, writer: ObjectWriter, header: Buffer) {
    const batch = segmentsPerBatch(segments.chunkSize);
    this.#segments = segments;
    this.#writer = writer;
    this.#plain = slabs.acquire(batch * segments.chunkSize);
    this.#sealed = slabs.acquire(
      HEADER_LENGTH + batch * segments.segmentLength,
    );
    this.#used = header.copy(this.#sealed);
  }

  async append(chunk: Uint8Array): Promise<void> {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#filled === this.#plain.length) await this.#flush(false);
      const part = chunk.subarray(
        offset,
        offset + this.#plain.length - this.#filled,
      );
      this.#plain.set(part, this.#filled);
      this.#filled += part.length;
      offset += part.length;
    }
  }

  async end(): Promise<number> {
    await this.#flush(true);
    return this.#size;
  }

  release(): void {
    // Ciphertext may lie about; a client's bytes should not.
    this.#plain.fill(0);
    slabs.release(this.#plain);
    slabs.release(this.#sealed);
  }

  async #flush(last: boolean): Promise<void> {
    const { chunkSize } = this.#segments;
    let offset = 0;
    do {
      const end = Math.min(offset + chunkSize, this.#filled);
      this.#encrypt(offset, end, last && end === this.#filled);
      offset = end;
    } while (offset < this.#filled);
    await this.#writer.write(this.#sealed.subarray(0, this.#used));
    this.#size += this.#filled;
    this.#filled = 0;
    this.#used = 0;
  }

  #encrypt(start: number, end: number, last: boolean): void {
    const room = this.#sealed.subarray(
      this.#used,
      this.#used + end - start + SEGMENT_OVERHEAD,
    );
    const position = { index: this.#index, last };
    const plaintext = this.#plain.subarray(start, end);
    this.#used += this.#segments.encrypt(plaintext, position, room);
    this.#index += 1;
  }
}
