import { FormatError } from '../errors.js';
import type { SecretKey } from '../secret-key.js';
import { beginMessage, openMessage } from './message.js';
import {
  DEFAULT_CHUNK_SIZE,
  HEADER_LENGTH,
  SEGMENT_OVERHEAD,
} from './parameters.js';

/** The longest plaintext of a short message, in bytes: one segment of 64 KiB. */
export const MAX_SHORT_MESSAGE = DEFAULT_CHUNK_SIZE;

const ONLY = { index: 0, last: true } as const;

/**
 * Encrypts a few bytes as a message of one segment: a key, a file's information.
 *
 * @param plaintext - at most 64 KiB; the caller's.
 * @param aad - what the message is bound to.
 * @returns header(74) ‖ segment(32 + plaintext), in a fresh buffer.
 * @throws RangeError if the plaintext is longer.
 */
export function encryptShort(
  key: SecretKey,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Buffer {
  const { header, segments } = beginMessage(key, { aad });
  const message = Buffer.alloc(
    HEADER_LENGTH + SEGMENT_OVERHEAD + plaintext.length,
  );
  message.set(header);
  segments.encrypt(plaintext, ONLY, message.subarray(HEADER_LENGTH));
  return message;
}

/**
 * Decrypts what {@link encryptShort} made.
 *
 * @returns the plaintext, in a fresh buffer that the caller owns.
 * @throws {@link FormatError} if it is not one segment of the fixed chunk size.
 * @throws {@link IntegrityError} if key, binding or bytes are other ones.
 */
export function decryptShort(
  key: SecretKey,
  message: Buffer,
  aad: Uint8Array,
): Buffer {
  const segments = openMessage(key, message, { aad });
  if (segments.chunkSize !== DEFAULT_CHUNK_SIZE) {
    throw new FormatError(
      `A short message has a chunk size of ${DEFAULT_CHUNK_SIZE} bytes, not ${segments.chunkSize}.`,
    );
  }
  return segments.decrypt(message.subarray(HEADER_LENGTH), ONLY);
}
