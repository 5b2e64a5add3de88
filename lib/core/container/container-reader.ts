import { IntegrityError } from '../errors.js';
import {
  type ByteRange,
  containerSize,
  segmentCount,
  segmentOffset,
  segmentsOfRange,
} from '../floe/geometry.js';
import { openMessage } from '../floe/message.js';
import { HEADER_LENGTH, SEGMENT_OVERHEAD } from '../floe/parameters.js';
import type { SegmentCipher } from '../floe/segment-cipher.js';
import type { SecretKey } from '../secret-key.js';
import type { ObjectReader } from '../store/object-store.js';
import { segmentsPerBatch } from './batch.js';
import { SlabPair } from './slab-pool.js';
import { CONTENT_AAD } from './write-container.js';

/** What is known of a container before it is opened. */
export interface ContainerFacts {
  /** The file's data key. */
  readonly key: SecretKey;
  /** Plaintext bytes, as sealed with the file. */
  readonly size: number;
}

/**
 * An open container: its header has verified, and its length is the one that
 * the sealed size demands.
 */
export class ContainerReader {
  /** Plaintext bytes. */
  readonly size: number;
  readonly #object: ObjectReader;
  readonly #segments: SegmentCipher;

  private constructor(
    object: ObjectReader,
    segments: SegmentCipher,
    size: number,
  ) {
    this.#object = object;
    this.#segments = segments;
    this.size = size;
  }

  /**
   * Reads and verifies the header.
   *
   * @param object - stays the caller's, who closes it when all is read.
   * @throws IntegrityError if header or length are not the file's own.
   */
  static async open(
    object: ObjectReader,
    { key, size }: ContainerFacts,
  ): Promise<ContainerReader> {
    const header = Buffer.alloc(HEADER_LENGTH);
    const read = await object.read(header, 0);
    const segments = openMessage(key, header.subarray(0, read), {
      aad: CONTENT_AAD,
    });
    const expected = containerSize(size, segments.chunkSize);
    if (object.size !== expected) {
      throw new IntegrityError(
        `The container has ${object.size} bytes; a file of ${size} bytes demands ${expected}. It was cut, lengthened or exchanged.`,
      );
    }
    return new ContainerReader(object, segments, size);
  }

  /**
   * Decrypts a range, a batch of segments at a time; the next batch is read
   * meanwhile. Reads from the store just the segments that the range touches,
   * each whole.
   *
   * @param range - within the plaintext; all of it when absent.
   * @yields verified plaintext, in fresh buffers that the consumer owns.
   * @throws RangeError if the range is not within the plaintext.
   * @throws IntegrityError at the first segment that does not verify; the bytes
   * yielded before it are good.
   */
  async *decrypt(range: ByteRange = this.#whole): AsyncGenerator<Buffer, void> {
    yield* this.#decrypt(range, (bytes) => Buffer.allocUnsafeSlow(bytes));
  }

  /**
   * Decrypts as {@link decrypt} does, over reused memory. A batch is written
   * while the next one is decrypted.
   *
   * @param write - not called again before its promise has settled; the batch
   * is its own until then.
   * @param range - within the plaintext; all of it when absent.
   */
  async decryptTo(
    write: (batch: Buffer) => Promise<void>,
    range: ByteRange = this.#whole,
  ): Promise<void> {
    const { chunkSize } = this.#segments;
    const pair = new SlabPair(this.#batchSegments(range) * chunkSize);
    let writing = Promise.resolve();
    try {
      for await (const batch of this.#decrypt(range, () => pair.next())) {
        await writing;
        writing = write(batch);
        // It is heard when it is waited for.
        writing.catch(() => undefined);
      }
      await writing;
    } finally {
      await writing.catch(() => undefined);
      pair.wipe();
      pair.release();
    }
  }

  get #whole(): ByteRange {
    return { start: 0, end: this.size };
  }

  /** The many small files do not need a large one's memory. */
  #batchSegments(range: ByteRange): number {
    const { chunkSize } = this.#segments;
    const { first, last } = segmentsOfRange(range, chunkSize);
    return first === last ? 1 : segmentsPerBatch(chunkSize);
  }

  /** @param place - makes room for that many bytes of the next batch. */
  async *#decrypt(
    range: ByteRange,
    place: (bytes: number) => Buffer,
  ): AsyncGenerator<Buffer, void> {
    checkRange(range, this.size);
    const { chunkSize, segmentLength } = this.#segments;
    const { first, last } = segmentsOfRange(range, chunkSize);
    const count = this.#batchSegments(range);
    const pair = new SlabPair(count * segmentLength);
    const load = (index: number) =>
      this.#load(pair.next(), index, Math.min(index + count, last + 1));
    let ahead = load(first);
    try {
      for (let index = first; index <= last; index += count) {
        const sealed = await ahead;
        if (index + count <= last) ahead = load(index + count);
        // It is heard when it is waited for.
        ahead.catch(() => undefined);
        const batch = this.#open(sealed, index, place);
        const wanted = cut(batch, index * chunkSize, range);
        if (wanted.length > 0) yield wanted;
      }
    } finally {
      // A read that is under way still writes to its slab.
      await ahead.catch(() => undefined);
      pair.release();
    }
  }

  /** Reads the segments from `index` to `end`, exclusive. */
  async #load(slab: Buffer, index: number, end: number): Promise<Buffer> {
    const { chunkSize } = this.#segments;
    const start = segmentOffset(index, chunkSize);
    const stop = Math.min(segmentOffset(end, chunkSize), this.#object.size);
    const into = slab.subarray(0, stop - start);
    const read = await this.#object.read(into, start);
    if (read !== into.length) {
      throw new IntegrityError(
        `The container ended while it was read: ${read} bytes came instead of ${into.length}.`,
      );
    }
    return into;
  }

  /** @returns the plaintext of consecutive segments. */
  #open(
    sealed: Buffer,
    firstIndex: number,
    place: (bytes: number) => Buffer,
  ): Buffer {
    const { chunkSize, segmentLength } = this.#segments;
    const lastIndex = segmentCount(this.size, chunkSize) - 1;
    const segments = Math.ceil(sealed.length / segmentLength);
    const into = place(sealed.length - segments * SEGMENT_OVERHEAD);
    let index = firstIndex;
    let filled = 0;
    for (let at = 0; at < sealed.length; at += segmentLength) {
      const segment = sealed.subarray(at, at + segmentLength);
      const position = { index, last: index === lastIndex };
      const room = into.subarray(filled);
      filled += this.#segments.decryptInto(segment, position, room);
      index += 1;
    }
    return into.subarray(0, filled);
  }
}

/** @throws RangeError if a range is not within a file of that many bytes. */
export function checkRange({ start, end }: ByteRange, size: number): void {
  const isWithin =
    Number.isSafeInteger(start) &&
    Number.isSafeInteger(end) &&
    start >= 0 &&
    start <= end &&
    end <= size;
  if (!isWithin) {
    throw new RangeError(
      `A file of ${size} bytes has no range from ${start} to ${end}.`,
    );
  }
}

/** The part of a batch, which begins at `offset`, within a range. */
function cut(
  plaintext: Buffer,
  offset: number,
  { start, end }: ByteRange,
): Buffer {
  return plaintext.subarray(
    Math.max(0, start - offset),
    Math.max(0, end - offset),
  );
}
