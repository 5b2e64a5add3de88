import type { Duplex } from 'node:stream';
import { FormatError, IntegrityError } from '../errors.js';
import type { SecretKey } from '../secret-key.js';
import { openMessage, type OpenOptions } from './message.js';
import { HEADER_LENGTH } from './parameters.js';
import {
  isLastSegment,
  readSegmentLength,
  type SegmentCipher,
} from './segment-cipher.js';
import { SegmentTransform } from './segment-transform.js';

const PREFIX_LENGTH = 4;

/**
 * A Duplex that takes a FLOE message and gives its plaintext. A segment's bytes
 * come out once the segment has verified, and never before. It ends normally
 * only after the last segment; a message that is cut, or goes on behind its
 * last segment, ends in an {@link IntegrityError}.
 */
export function createDecryptStream(
  key: SecretKey,
  options: OpenOptions = {},
): Duplex {
  return new DecryptStream((header) => openMessage(key, header, options));
}

class DecryptStream extends SegmentTransform {
  readonly #open: (header: Buffer) => SegmentCipher;
  #segments: SegmentCipher | undefined;
  #pending = Buffer.alloc(HEADER_LENGTH);
  #filled = 0;
  /** Bytes that the piece at hand needs: the header, a prefix, or a segment. */
  #needed = HEADER_LENGTH;
  #index = 0;
  #ended = false;

  constructor(open: (header: Buffer) => SegmentCipher) {
    super();
    this.#open = open;
  }

  protected override *process(chunk: Buffer): Generator<Buffer, void> {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#ended) {
        throw new FormatError('Bytes follow the last segment.');
      }
      const end = offset + this.#needed - this.#filled;
      const copied = chunk.copy(this.#pending, this.#filled, offset, end);
      this.#filled += copied;
      offset += copied;
      if (this.#filled === this.#needed) yield* this.#take();
    }
  }

  // eslint-disable-next-line require-yield -- it only checks
  protected override *finish(): Generator<Buffer, void> {
    if (!this.#ended) {
      throw new IntegrityError(
        'The message ends before its last segment: it was cut.',
      );
    }
  }

  *#take(): Generator<Buffer, void> {
    const piece = this.#pending.subarray(0, this.#filled);
    if (!this.#segments) {
      this.#segments = this.#open(piece);
      this.#pending = Buffer.allocUnsafeSlow(this.#segments.segmentLength);
      this.#expect(PREFIX_LENGTH);
      return;
    }
    const length = readSegmentLength(piece, this.#segments.segmentLength);
    if (piece.length < length) {
      this.#needed = length;
      return;
    }
    const last = isLastSegment(piece);
    const position = { index: this.#index, last };
    const plaintext = this.#segments.decrypt(piece, position);
    this.#index += 1;
    this.#ended = last;
    this.#expect(PREFIX_LENGTH);
    if (plaintext.length > 0) yield plaintext;
  }

  #expect(bytes: number): void {
    this.#filled = 0;
    this.#needed = bytes;
  }
}
