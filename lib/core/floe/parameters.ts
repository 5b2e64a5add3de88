import { FormatError } from '../errors.js';

/** Bytes of the encoded parameters: AEAD id ‖ KDF id ‖ segment length ‖ IV length. */
export const PARAMETERS_LENGTH = 10;
/** Bytes of the message's random IV. */
export const IV_LENGTH = 32;
/** Bytes of the tag that commits to key, IV, associated data and parameters. */
export const HEADER_TAG_LENGTH = 32;
/** Bytes of the header: parameters(10) ‖ IV(32) ‖ header tag(32). */
export const HEADER_LENGTH = PARAMETERS_LENGTH + IV_LENGTH + HEADER_TAG_LENGTH;
/** Bytes that a segment has beyond its plaintext: length(4) ‖ nonce(12) ‖ … ‖ tag(16). */
export const SEGMENT_OVERHEAD = 32;
/** Segments of one message; FLOE's limit for AES-256-GCM. */
export const MAX_SEGMENTS = 2 ** 40;

/** Plaintext bytes of a full segment when nothing else is asked: 64 KiB. */
export const DEFAULT_CHUNK_SIZE = 64 * 1024;
/** The smallest plaintext of a full segment, in bytes. */
export const MIN_CHUNK_SIZE = 16;
/** The largest plaintext of a full segment, in bytes: 16 MiB. */
export const MAX_CHUNK_SIZE = 16 * 1024 * 1024;

const AEAD_AES_256_GCM = 0;
const KDF_HKDF_EXPAND_SHA_384 = 0;

/** Whether a number can be a chunk size: an integer from 16 to 16,777,216. */
export function isChunkSize(value: number): boolean {
  return (
    Number.isInteger(value) &&
    value >= MIN_CHUNK_SIZE &&
    value <= MAX_CHUNK_SIZE
  );
}

/**
 * @param chunkSize - plaintext bytes of a full segment.
 * @returns AEAD id(1) ‖ KDF id(1) ‖ segment length u32be(4) ‖ IV length u32be(4).
 * @throws RangeError if `chunkSize` is out of bounds.
 * @see c2sp.org/FLOE, "Parameter Encoding"
 */
export function encodeParameters(chunkSize: number): Buffer {
  if (!isChunkSize(chunkSize)) {
    throw new RangeError(
      `chunkSize must be an integer from ${MIN_CHUNK_SIZE} to ${MAX_CHUNK_SIZE} bytes.`,
    );
  }
  const bytes = Buffer.alloc(PARAMETERS_LENGTH);
  bytes.writeUInt8(AEAD_AES_256_GCM, 0);
  bytes.writeUInt8(KDF_HKDF_EXPAND_SHA_384, 1);
  bytes.writeUInt32BE(chunkSize + SEGMENT_OVERHEAD, 2);
  bytes.writeUInt32BE(IV_LENGTH, 6);
  return bytes;
}

/**
 * Reads the chunk size of a header. Everything is checked before anything is
 * allocated, since nothing of it is authenticated yet.
 *
 * @param bytes - at least the first 10 bytes of a header.
 * @param minimum - the smallest chunk size to take, in bytes.
 * @returns plaintext bytes of a full segment, from `minimum` to 16 MiB.
 * @throws {@link FormatError} if an id, a length or a bound is another.
 */
export function decodeParameters(
  bytes: Buffer,
  minimum: number = MIN_CHUNK_SIZE,
): number {
  if (bytes.length < PARAMETERS_LENGTH) {
    throw new FormatError(
      `A container starts with a header of ${HEADER_LENGTH} bytes; this one ends after ${bytes.length}.`,
    );
  }
  const [aead, kdf] = bytes;
  if (aead !== AEAD_AES_256_GCM || kdf !== KDF_HKDF_EXPAND_SHA_384) {
    throw new FormatError(
      `Expected AEAD 0 and KDF 0, met ${aead} and ${kdf}: this is no container of this package, or of a later version.`,
    );
  }
  const ivLength = bytes.readUInt32BE(6);
  if (ivLength !== IV_LENGTH) {
    throw new FormatError(
      `Expected an IV of ${IV_LENGTH} bytes, met ${ivLength}.`,
    );
  }
  const chunkSize = bytes.readUInt32BE(2) - SEGMENT_OVERHEAD;
  if (chunkSize < minimum || chunkSize > MAX_CHUNK_SIZE) {
    throw new FormatError(
      `Expected a chunk size from ${minimum} to ${MAX_CHUNK_SIZE} bytes, met ${chunkSize}.`,
    );
  }
  return chunkSize;
}
