import { createHash } from 'node:crypto';

/**
 * The key that Flask-Encryptor makes of a text: of a token for contents, of the
 * global key for names.
 *
 * @returns SHA-256 of the text in UTF-8, or of the bytes: 32 bytes.
 */
export function legacyKey(secret: string | Uint8Array): Buffer {
  return createHash('sha256').update(secret).digest();
}
