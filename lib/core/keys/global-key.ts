import { ConfigurationError } from '../errors.js';
import { KEY_LENGTH, SecretKey } from '../secret-key.js';
import { decodeKeyText } from './key-text.js';
import { isPublishedKey, isPublishedText, weakness } from './weak-keys.js';

const HOW =
  'Make one with: npx --no-install file-encryptor keygen. If files are stored already, put their key back: a new one opens none of them.';

/**
 * Reads a global key of the configuration, and refuses one that is no secret.
 *
 * @param value - 64 hexadecimal digits, base64 or base64url of 32 bytes, white
 * space around it ignored; or the 32 bytes themselves, which stay the caller's;
 * or a key, which is checked too.
 * @throws {@link ConfigurationError} in one line that never repeats the value.
 * @see KEYS.md, "The global key as text"
 */
export function parseGlobalKey(value: unknown): SecretKey {
  const bytes = readBytes(value);
  try {
    checkSecrecy(bytes);
    return value instanceof SecretKey ? value : SecretKey.from(bytes);
  } finally {
    bytes.fill(0);
  }
}

/** The bytes in a buffer of our own. */
function readBytes(value: unknown): Buffer {
  if (value instanceof SecretKey) return value.toBytes();
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value === undefined || value === null) throw refuse('is missing');
  if (typeof value !== 'string') {
    throw refuse('is neither a text nor 32 bytes');
  }
  const text = value.trim();
  if (text === '') throw refuse('is missing');
  if (isPublishedText(text)) throw refuse('is printed in a manual');
  const bytes = decodeKeyText(text, KEY_LENGTH);
  if (!bytes) {
    throw refuse('is neither 64 hexadecimal digits nor base64 of 32 bytes');
  }
  return bytes;
}

function checkSecrecy(bytes: Buffer): void {
  if (bytes.length !== KEY_LENGTH) {
    throw refuse(`has ${bytes.length} bytes instead of ${KEY_LENGTH}`);
  }
  if (isPublishedKey(bytes)) throw refuse('is printed in a manual');
  const reason = weakness(bytes);
  if (reason) throw refuse(reason);
}

function refuse(what: string): ConfigurationError {
  return new ConfigurationError(
    `The global key (globalKey, FILE_ENCRYPTOR_GLOBAL_KEY) ${what}. ${HOW}`,
  );
}
