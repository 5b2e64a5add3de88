import { setImmediate as turn } from 'node:timers/promises';
import { isUint8Array } from 'node:util/types';
import { beginMessage } from '../floe/message.js';
import { HEADER_LENGTH, SEGMENT_OVERHEAD } from '../floe/parameters.js';
import type { SegmentCipher } from '../floe/segment-cipher.js';
import { associatedData } from '../keys/associated-data.js';
import type { SecretKey } from '../secret-key.js';
import type { ObjectWriter } from '../store/object-store.js';
import { segmentsPerBatch } from './batch.js';
import { SlabPair, slabs } from './slab-pool.js';

/**
 * Plaintext that is encrypted in one turn of the event loop. Measured with eight
 * uploads: without it a turn takes three times as long.
 */
const TURN_BYTES = 64 * 1024;

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
 * @throws TypeError if a chunk is no Uint8Array.
 * @throws StoreError, with the next chunk at the latest, if the store fails.
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
    await body.release();
  }
}

/**
 * Encrypts segment by segment into one slab while another is written. A full
 * segment waits for the next byte, since the last one is marked as such.
 */
class ContainerBody {
  readonly #segments: SegmentCipher;
  readonly #writer: ObjectWriter;
  /** Plaintext of the segment that is not full yet, or waits. */
  readonly #plain: Buffer;
  #filled = 0;
  /** Header and one segment: all of a small file. Then slabs in turns. */
  readonly #first: Buffer;
  readonly #slabs: SlabPair;
  #sealed: Buffer;
  #used: number;
  #writing: Promise<void> = Promise.resolve();
  /** Of a write that was not waited for. */
  #failure: { readonly error: unknown } | undefined;
  #index = 0;
  #size = 0;
  /** Bytes encrypted since others could go on. */
  #sinceTurn = 0;

  constructor(segments: SegmentCipher, writer: ObjectWriter, header: Buffer) {
    const { chunkSize, segmentLength } = segments;
    this.#segments = segments;
    this.#writer = writer;
    this.#plain = slabs.acquire(chunkSize);
    this.#first = slabs.acquire(HEADER_LENGTH + segmentLength);
    this.#slabs = new SlabPair(segmentsPerBatch(chunkSize) * segmentLength);
    this.#sealed = this.#first;
    this.#used = header.copy(this.#first);
  }

  async append(chunk: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    if (!isUint8Array(chunk)) {
      throw new TypeError(
        'The source of a file gives chunks of type Buffer or Uint8Array; this one is something else.',
      );
    }
    const { chunkSize } = this.#segments;
    this.#size += chunk.length;
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#filled === chunkSize) await this.#sealPlain(false);
      // With more to come, a whole segment is encrypted where it lies.
      const isWhole = this.#filled === 0 && rest.length > chunkSize;
      const part = rest.subarray(0, chunkSize - this.#filled);
      if (isWhole) await this.#seal(part, false);
      else this.#collect(part);
      rest = rest.subarray(part.length);
    }
  }

  async end(): Promise<number> {
    await this.#sealPlain(true);
    await this.#flush();
    await this.#writing;
    return this.#size;
  }

  /** Gives the slabs back, when nothing is written from them any more. */
  async release(): Promise<void> {
    await this.#writing.catch(() => undefined);
    // Ciphertext may lie about; a client's bytes should not.
    this.#plain.fill(0);
    slabs.release(this.#plain);
    slabs.release(this.#first);
    this.#slabs.release();
  }

  #collect(part: Uint8Array): void {
    this.#plain.set(part, this.#filled);
    this.#filled += part.length;
  }

  async #sealPlain(last: boolean): Promise<void> {
    await this.#seal(this.#plain.subarray(0, this.#filled), last);
    this.#filled = 0;
  }

  async #seal(plaintext: Uint8Array, last: boolean): Promise<void> {
    const length = plaintext.length + SEGMENT_OVERHEAD;
    if (this.#used + length > this.#sealed.length) {
      await this.#flush();
      this.#sealed = this.#slabs.next();
      this.#used = 0;
    }
    const room = this.#sealed.subarray(this.#used, this.#used + length);
    const position = { index: this.#index, last };
    this.#used += this.#segments.encrypt(plaintext, position, room);
    this.#index += 1;
    this.#sinceTurn += plaintext.length;
    if (this.#sinceTurn >= TURN_BYTES) await this.#letOthersGoOn();
  }

  /** A client whose bytes are there already is not served in one go. */
  async #letOthersGoOn(): Promise<void> {
    this.#sinceTurn = 0;
    await turn();
  }

  /** Begins to write the slab, once the one before it is written. */
  async #flush(): Promise<void> {
    await this.#writing;
    this.#writing = this.#writer.write(this.#sealed.subarray(0, this.#used));
    // It is heard with the source's next chunk, or when it is waited for.
    this.#writing.catch((error: unknown) => {
      this.#failure = { error };
    });
  }
}
