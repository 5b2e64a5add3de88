import { createCipheriv, createDecipheriv } from 'node:crypto';
import { freeMemory } from './free-memory.js';

/** Bytes of a nonce. */
export const NONCE_LENGTH = 12;
/** Bytes of a tag; a shorter one, which GCM would allow, is never taken. */
export const TAG_LENGTH = 16;

const AEAD = 'aes-256-gcm';

/** What is bound to a ciphertext, or goes into one. */
export interface SealInput {
  /** Any length; the caller's. */
  readonly plaintext: Uint8Array;
  /** Associated data, any length; the caller's. */
  readonly aad: Uint8Array;
}

/**
 * Encrypts with AES-256-GCM behind a nonce that is in place already.
 *
 * @param key - 32 bytes.
 * @param sealed - nonce(12) ‖ room for ciphertext and tag(16): exactly 28 bytes
 * more than the plaintext; the caller's.
 * @throws RangeError if the room is another; nothing is written then.
 * @see NIST SP 800-38D, 7.1
 */
export function seal(
  key: Uint8Array,
  sealed: Buffer,
  { plaintext, aad }: SealInput,
): void {
  const tagStart = NONCE_LENGTH + plaintext.length;
  if (sealed.length !== tagStart + TAG_LENGTH) {
    throw new RangeError(
      `${plaintext.length} bytes need room for ${tagStart + TAG_LENGTH}, not ${sealed.length}.`,
    );
  }
  const cipher = createCipheriv(AEAD, key, sealed.subarray(0, NONCE_LENGTH), {
    authTagLength: TAG_LENGTH,
  });
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  sealed.set(ciphertext, NONCE_LENGTH);
  freeMemory(ciphertext);
  cipher.final();
  sealed.set(cipher.getAuthTag(), tagStart);
}

/**
 * Verifies and decrypts what {@link seal} made.
 *
 * @param key - 32 bytes.
 * @param sealed - nonce(12) ‖ ciphertext ‖ tag(16); 28 bytes at least.
 * @returns the plaintext, in a fresh buffer that the caller owns, or undefined
 * if the tag does not verify; what was decrypted is wiped then.
 * @see NIST SP 800-38D, 7.2
 */
export function unseal(
  key: Uint8Array,
  sealed: Buffer,
  aad: Uint8Array,
): Buffer | undefined {
  const tagStart = sealed.length - TAG_LENGTH;
  const nonce = sealed.subarray(0, NONCE_LENGTH);
  const decipher = createDecipheriv(AEAD, key, nonce, {
    authTagLength: TAG_LENGTH,
  });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(tagStart));
  const plaintext = decipher.update(sealed.subarray(NONCE_LENGTH, tagStart));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    freeMemory(plaintext);
    return undefined;
  }
  return plaintext;
}
