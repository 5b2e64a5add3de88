import { FormatError } from '../errors.js';

/** size(8) ‖ IV(16). */
export const LEGACY_HEADER_LENGTH = 24;

/** Bytes of a cipher block; contents are filled to a multiple of it. */
export const BLOCK = 16;

/** How the content of a file lies between fillings. */
export interface LegacyLayout {
  /** Plaintext bytes, as the header claims. */
  readonly size: number;
  /** Content bytes behind each of which a filling stands; the last may be less. */
  readonly run: number;
  /** Bytes of a full run with its filling. */
  readonly stride: number;
}

/**
 * Bytes of the body of a file: what follows the header.
 *
 * @param size - plaintext bytes; a safe integer.
 * @param chunkSize - of the application that wrote it; a multiple of 16 makes no
 * difference.
 */
export function legacyBodyLength(size: number, chunkSize = BLOCK): number {
  return (
    Math.floor(size / chunkSize) * filled(chunkSize) + filled(size % chunkSize)
  );
}

/**
 * Tells from its lengths how a file was written.
 *
 * @param size - what the header claims.
 * @param bodyLength - what there is.
 * @param chunkSize - of the application that wrote it, where it is known. Where
 * the lengths fit both, it is believed.
 * @throws {@link FormatError} if no file of that size has such a body.
 */
export function legacyLayout(
  size: number,
  bodyLength: number,
  chunkSize = BLOCK,
): LegacyLayout {
  const isOdd = chunkSize % BLOCK !== 0;
  if (isOdd && bodyLength === legacyBodyLength(size, chunkSize)) {
    return { size, run: chunkSize, stride: filled(chunkSize) };
  }
  // In one run: all of it, and the filling at its end.
  if (bodyLength === legacyBodyLength(size)) {
    return { size, run: size, stride: bodyLength };
  }
  throw new FormatError(
    `The header claims ${size} bytes; a body of ${bodyLength} bytes does not fit that. The file was cut, lengthened or changed, or it was written with a chunk size that is no multiple of ${BLOCK}: give that one.`,
  );
}

/**
 * Checks an option that counts bytes.
 *
 * @throws RangeError if it is no safe integer from `least` on.
 */
export function requireBytes(option: string, bytes: number, least = 0): void {
  if (Number.isSafeInteger(bytes) && bytes >= least) return;
  throw new RangeError(
    `${option} is a number of bytes: an integer from ${least} to ${Number.MAX_SAFE_INTEGER}.`,
  );
}

function filled(length: number): number {
  return Math.ceil(length / BLOCK) * BLOCK;
}
