import { hkdfExpand } from '../floe/key-derivation.js';
import type { SecretKey } from '../secret-key.js';

const INFO = Buffer.from('file-encryptor key id/1');
const KEY_ID_LENGTH = 8;

/**
 * A key's public name; it tells nothing of the key.
 *
 * @returns base64url of the first 8 bytes of
 * HKDF-Expand-SHA-384(key, "file-encryptor key id/1"); 11 characters.
 */
export function keyId(key: SecretKey): string {
  return hkdfExpand(key.hmac('sha384'), [INFO], KEY_ID_LENGTH).toString(
    'base64url',
  );
}
