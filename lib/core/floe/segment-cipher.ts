import { createHmac, randomBytes } from 'node:crypto';
import { FormatError, IntegrityError } from '../errors.js';
import { NONCE_LENGTH, seal, unseal } from './aead.js';
import { freeMemory } from './free-memory.js';
import {
  deriveFloe,
  type MessageContext,
  SEGMENT_KEY_LENGTH,
  segmentKeyPurpose,
} from './key-derivation.js';
import { MAX_SEGMENTS, SEGMENT_OVERHEAD } from './parameters.js';

const PREFIX_LENGTH = 4;
const NOT_LAST = 0xffffffff;

/** The key of a message's segments changes every 2^20 segments. */
const KEY_ROTATION_EXPONENT = 20;

/** Nonces made at a time. */
const NONCES = 16;

/** What a {@link SegmentCipher} is made from. */
export interface SegmentCipherOptions {
  /** The message key, 48 bytes; the cipher keeps it. */
  readonly messageKey: Buffer;
  readonly context: MessageContext;
  readonly chunkSize: number;
  /** @internal Only FLOE's own test vectors use another than 20. */
  readonly keyRotationExponent?: number;
}

/**
 * Encrypts and decrypts the segments of one message, in any order.
 *
 * segment = length u32be(4; 0xFFFFFFFF unless last) ‖ nonce(12) ‖ ciphertext ‖ tag(16)
 *
 * @see c2sp.org/FLOE, "Semi-Public Functions (Random Access)"
 */
export class SegmentCipher {
  /** Plaintext bytes of a full segment. */
  readonly chunkSize: number;
  readonly #messageKey: Buffer;
  readonly #context: MessageContext;
  readonly #segmentsPerKey: number;
  #keyStart = -1;
  #key: Buffer = Buffer.alloc(0);
  /** Nonces that no segment has had. */
  #nonces: Buffer = Buffer.alloc(0);

  constructor(options: SegmentCipherOptions) {
    const { keyRotationExponent = KEY_ROTATION_EXPONENT } = options;
    this.chunkSize = options.chunkSize;
    this.#messageKey = options.messageKey;
    this.#context = options.context;
    this.#segmentsPerKey = 2 ** keyRotationExponent;
  }

  /** Bytes of a full segment. */
  get segmentLength(): number {
    return this.chunkSize + SEGMENT_OVERHEAD;
  }

  /**
   * Encrypts one segment into `out`.
   *
   * @param plaintext - exactly `chunkSize` bytes; from 0 to `chunkSize` if last.
   * @param position - index from 0, below 2^40, and whether it is the last.
   * @param out - room for `plaintext.length + 32` bytes; the caller's.
   * @returns the bytes written.
   * @throws RangeError if the length or the index is out of bounds, or `out` is
   * too small.
   */
  encrypt(
    plaintext: Uint8Array,
    { index, last }: { index: number; last: boolean },
    out: Buffer,
  ): number {
    this.#checkPlaintext(plaintext.length, last);
    const key = this.#keyFor(index);
    const length = plaintext.length + SEGMENT_OVERHEAD;
    const sealed = out.subarray(PREFIX_LENGTH, length);
    this.#nextNonce().copy(sealed);
    seal(key, sealed, { plaintext, aad: segmentAad(index, last) });
    out.writeUInt32BE(last ? length : NOT_LAST, 0);
    return length;
  }

  /**
   * Decrypts and verifies one segment.
   *
   * @param segment - length(4) ‖ nonce(12) ‖ ciphertext ‖ tag(16); 32 to
   * `segmentLength` bytes.
   * @param position - index from 0, below 2^40, and whether it must be the last.
   * @returns the plaintext, in a fresh buffer that the caller owns.
   * @throws {@link FormatError} if the length does not fit the position.
   * @throws {@link IntegrityError} if the tag does not verify; no byte is
   * released then.
   */
  decrypt(
    segment: Buffer,
    { index, last }: { index: number; last: boolean },
  ): Buffer {
    if (readSegmentLength(segment, this.segmentLength) !== segment.length) {
      throw new FormatError(
        `Segment ${index} has ${segment.length} bytes, and says otherwise.`,
      );
    }
    if (isLastSegment(segment) !== last) {
      throw new IntegrityError(
        last
          ? `Segment ${index} should be the last, and says that more follow.`
          : `Segment ${index} says that it is the last, and more follow.`,
      );
    }
    const sealed = segment.subarray(PREFIX_LENGTH);
    const plaintext = unseal(
      this.#keyFor(index),
      sealed,
      segmentAad(index, last),
    );
    if (!plaintext) {
      throw new IntegrityError(
        `Segment ${index} does not verify: it was changed, or belongs elsewhere.`,
      );
    }
    return plaintext;
  }

  /**
   * Decrypts and verifies one segment into reused memory; see {@link decrypt}.
   *
   * @param out - room for `segment.length - 32` bytes; the caller's. Nothing is
   * written unless the tag verifies.
   * @returns the bytes written.
   * @throws RangeError if `out` is too small.
   */
  decryptInto(
    segment: Buffer,
    position: { index: number; last: boolean },
    out: Buffer,
  ): number {
    const length = segment.length - SEGMENT_OVERHEAD;
    if (out.length < length) {
      throw new RangeError(`${length} bytes do not fit into ${out.length}.`);
    }
    const plaintext = this.decrypt(segment, position);
    out.set(plaintext);
    freeMemory(plaintext);
    return length;
  }

  /** Random bytes are asked for together: the call costs more than they do. */
  #nextNonce(): Buffer {
    if (this.#nonces.length === 0) {
      this.#nonces = randomBytes(NONCES * NONCE_LENGTH);
    }
    const nonce = this.#nonces.subarray(0, NONCE_LENGTH);
    this.#nonces = this.#nonces.subarray(NONCE_LENGTH);
    return nonce;
  }

  #checkPlaintext(length: number, last: boolean): void {
    if (length > this.chunkSize || (!last && length < this.chunkSize)) {
      throw new RangeError(
        `A segment holds ${this.chunkSize} bytes, the last one at most; not ${length}.`,
      );
    }
  }

  #keyFor(index: number): Buffer {
    if (!Number.isInteger(index) || index < 0 || index >= MAX_SEGMENTS) {
      throw new RangeError(`A message has no segment ${index}.`);
    }
    // Arithmetic, since bit operators cut at 32 bits.
    const start = index - (index % this.#segmentsPerKey);
    if (start !== this.#keyStart) {
      this.#key = deriveFloe(
        createHmac('sha384', this.#messageKey),
        this.#context,
        { purpose: segmentKeyPurpose(start), length: SEGMENT_KEY_LENGTH },
      );
      this.#keyStart = start;
    }
    return this.#key;
  }
}

/**
 * The length that a segment gives itself.
 *
 * @param prefix - at least the segment's first 4 bytes.
 * @param segmentLength - bytes of a full segment.
 * @throws {@link FormatError} if no segment can have that length.
 */
export function readSegmentLength(
  prefix: Buffer,
  segmentLength: number,
): number {
  if (prefix.length < PREFIX_LENGTH) {
    throw new FormatError('The container ends within the length of a segment.');
  }
  const value = prefix.readUInt32BE(0);
  const length = value === NOT_LAST ? segmentLength : value;
  if (length < SEGMENT_OVERHEAD || length > segmentLength) {
    throw new FormatError(
      `A segment has from ${SEGMENT_OVERHEAD} to ${segmentLength} bytes; this one says ${length}.`,
    );
  }
  return length;
}

/**
 * Whether a segment says that it is the last. True only once it has verified.
 *
 * @param prefix - at least the segment's first 4 bytes.
 */
export function isLastSegment(prefix: Buffer): boolean {
  return prefix.readUInt32BE(0) !== NOT_LAST;
}

/** index u64be(8) ‖ 0x01 if last, else 0x00. */
function segmentAad(index: number, last: boolean): Buffer {
  const aad = Buffer.allocUnsafe(9);
  aad.writeBigUInt64BE(BigInt(index), 0);
  aad.writeUInt8(last ? 1 : 0, 8);
  return aad;
}
