import { IntegrityError } from '../errors.js';
import {
  type ByteRange,
  containerSize,
  segmentCount,
  segmentOffset,
  segmentsOfRange,
} from '../floe/geometry.js';
import { openMessage } from '../floe/message.js';
import { HEADER_LENGTH } from '../floe/parameters.js';
import type { SegmentCipher } from '../floe/segment-cipher.js';
import type { SecretKey } from '../secret-key.js';
import type { ObjectReader } from '../store/object-store.js';
import { segmentsPerBatch } from './batch.js';
import { slabs } from './slab-pool.js';
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
   * Decrypts a range, a batch of segments at a time. Reads from the store just
   * the segments that the range touches, each whole.
   *
   * @param range - within the plaintext; all of it when absent.
   * @yields verified plaintext, in fresh buffers that the caller owns.
   * @throws RangeError if the range is not within the plaintext.
   * @throws IntegrityError at the first segment that does not verify; the bytes
   * yielded before it are good.
   */
  async *decrypt(
    range: ByteRange = { start: 0, end: this.size },
  ): AsyncGenerator<Buffer[], void> {
    checkRange(range, this.size);
    const { chunkSize, segmentLength } = this.#segments;
    const { first, last } = segmentsOfRange(range, chunkSize);
    const perBatch = segmentsPerBatch(chunkSize);
    const slab = slabs.acquire(perBatch * segmentLength);
    try {
      for (let index = first; index <= last; index += perBatch) {
        const end = Math.min(index + perBatch, last + 1);
        const sealed = await this.#load(slab, index, end);
        yield this.#open(sealed, index, range);
      }
    } finally {
      slabs.release(slab);
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

  #open(sealed: Buffer, firstIndex: number, range: ByteRange): Buffer[] {
    const { chunkSize, segmentLength } = this.#segments;
    const lastIndex = segmentCount(this.size, chunkSize) - 1;
    const plaintexts: Buffer[] = [];
    let index = firstIndex;
    for (let at = 0; at < sealed.length; at += segmentLength) {
      const segment = sealed.subarray(at, at + segmentLength);
      const position = { index, last: index === lastIndex };
      const plaintext = this.#segments.decrypt(segment, position);
      const wanted = cut(plaintext, index * chunkSize, range);
      if (wanted.length > 0) plaintexts.push(wanted);
      index += 1;
    }
    return plaintexts;
  }
}

function checkRange({ start, end }: ByteRange, size: number): void {
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

/** The part of a segment's plaintext, which begins at `offset`, within a range. */
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
