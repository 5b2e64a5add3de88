import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { FormatError } from '../errors.js';
import { BLOCK } from './legacy-geometry.js';
import { legacyKey } from './legacy-key.js';
import {
  type AllowUnauthenticated,
  requireLeave,
  type Unauthenticated,
} from './unauthenticated.js';

/** What a name of Flask-Encryptor is encrypted under. */
export interface LegacyNameOptions extends AllowUnauthenticated {
  /** FILE_ENCRYPTOR_GLOBAL_KEY of the old application; any text, also none. */
  readonly globalKey: string | Uint8Array;
}

/** A file name that nobody vouches for: data, never a path. */
export interface LegacyName extends Unauthenticated {
  readonly name: string;
}

/**
 * Decrypts the column `realname` of a row of Flask-Encryptor.
 *
 * @param realname - IV(16) ‖ ciphertext, as many bytes as the name.
 * @throws {@link FormatError} if it is shorter, or the name is no UTF-8.
 * @throws ConfigurationError without `allowUnauthenticated`.
 * @see LEGACY.md, "Name"
 */
export function decryptLegacyName(
  realname: Uint8Array,
  options: LegacyNameOptions,
): LegacyName {
  requireLeave(options);
  if (realname.length < BLOCK) {
    throw new FormatError(
      `A name of Flask-Encryptor has at least ${BLOCK} bytes; this one has ${realname.length}.`,
    );
  }
  const iv = realname.subarray(0, BLOCK);
  const key = legacyKey(options.globalKey);
  const decipher = createDecipheriv('aes-256-cfb8', key, iv);
  const bytes = decipher.update(realname.subarray(BLOCK));
  return { authenticated: false, name: decode(bytes) };
}

/**
 * Encrypts a name for the column `realname` of a row of Flask-Encryptor.
 *
 * @returns IV(16) ‖ ciphertext.
 * @throws ConfigurationError without `allowUnauthenticated`.
 */
export function encryptLegacyName(
  name: string,
  options: LegacyNameOptions,
): Buffer {
  requireLeave(options);
  const iv = randomBytes(BLOCK);
  const key = legacyKey(options.globalKey);
  const cipher = createCipheriv('aes-256-cfb8', key, iv);
  return Buffer.concat([iv, cipher.update(name, 'utf8')]);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch {
    // Without the cause: nothing of the name is told.
    throw new FormatError(
      'The decrypted name is no UTF-8: the global key of the old application is another one, or the row was changed.',
    );
  }
}
