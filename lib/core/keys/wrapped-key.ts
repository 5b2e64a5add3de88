import { FormatError, IntegrityError } from '../errors.js';
import { HEADER_LENGTH, SEGMENT_OVERHEAD } from '../floe/parameters.js';
import { decryptShort, encryptShort } from '../floe/short-message.js';
import { KEY_LENGTH, SecretKey } from '../secret-key.js';
import { decodeBase64url } from './base64url.js';

/** A wrapped key, taken apart. */
export interface WrappedKey {
  /** The id of the key that wrapped it. */
  readonly keyId: string;
  /** What the wrapping key, or the key provider, made of the key. */
  readonly blob: Buffer;
}

/** Bytes of a key that this package wrapped itself: header(74) ‖ segment(64). */
export const WRAPPED_LENGTH = HEADER_LENGTH + SEGMENT_OVERHEAD + KEY_LENGTH;

/** The longest wrapped key that a key provider may make, in bytes. */
export const MAX_WRAPPED_LENGTH = 4096;

const VERSION = '1';
const KEY_ID = /^[\u0021-\u007e]{1,256}$/;

/** Whether a text can be a key's id: 1 to 256 visible ASCII characters. */
export function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && KEY_ID.test(value);
}

/** Whether a wrapped key can have so many bytes: from 1 to 4096. */
export function isWrappedLength(length: number): boolean {
  return length > 0 && length <= MAX_WRAPPED_LENGTH;
}

/** @returns `1.<key id>.<base64url(blob)>`, the text that a row holds. */
export function formatWrappedKey({ keyId, blob }: WrappedKey): string {
  return `${VERSION}.${keyId}.${blob.toString('base64url')}`;
}

/**
 * Takes a wrapped key's text apart: at its first and its last dot, since an id
 * may have dots and base64url has none.
 *
 * @throws {@link FormatError} if it has another shape.
 */
export function parseWrappedKey(text: string): WrappedKey {
  // SQLite keeps bytes in a column of texts, where somebody wrote them there.
  if (typeof text !== 'string') throw noWrappedKey();
  const first = text.indexOf('.');
  const last = text.lastIndexOf('.');
  const keyId = text.slice(first + 1, last);
  if (text.slice(0, first) !== VERSION || first === last || !isKeyId(keyId)) {
    throw noWrappedKey();
  }
  const blob = decodeBase64url(text.slice(last + 1));
  if (!isWrappedLength(blob.length)) {
    throw new FormatError(
      `A wrapped key has from 1 to ${MAX_WRAPPED_LENGTH} bytes, this one has ${blob.length}.`,
    );
  }
  return { keyId, blob };
}

/**
 * The id of the key that wrapped a key.
 *
 * @param text - what a row holds.
 * @returns undefined if it is no wrapped key.
 */
export function keyIdOf(text: string): string | undefined {
  try {
    return parseWrappedKey(text).keyId;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/**
 * Wraps a key under another.
 *
 * @param aad - what the wrapped key is bound to.
 * @returns FLOE(wrappingKey, aad, key), 138 bytes, fresh.
 */
export function wrapKey(
  wrappingKey: SecretKey,
  key: Uint8Array,
  aad: Uint8Array,
): Buffer {
  return encryptShort(wrappingKey, key, aad);
}

/**
 * Unwraps what {@link wrapKey} made.
 *
 * @returns the 32 bytes, fresh; the caller wipes them.
 * @throws {@link FormatError} if the blob has another length than 138.
 * @throws {@link IntegrityError} if it was changed, or is bound to something else.
 */
export function unwrapKey(
  wrappingKey: SecretKey,
  blob: Uint8Array,
  aad: Uint8Array,
): Buffer {
  if (blob.length !== WRAPPED_LENGTH) {
    throw new FormatError(
      `A wrapped key has ${WRAPPED_LENGTH} bytes, this one has ${blob.length}.`,
    );
  }
  return decryptShort(wrappingKey, Buffer.from(blob), aad);
}

/**
 * Makes a key of unwrapped bytes, and wipes them.
 *
 * @throws {@link IntegrityError} if they are not 32.
 */
export function takeKey(bytes: Uint8Array): SecretKey {
  try {
    if (bytes.length !== KEY_LENGTH) {
      throw new IntegrityError(
        `An unwrapped key has ${KEY_LENGTH} bytes, this one has ${bytes.length}.`,
      );
    }
    return SecretKey.from(bytes);
  } finally {
    bytes.fill(0);
  }
}

function noWrappedKey(): FormatError {
  return new FormatError(
    'A wrapped key is the text 1.<key id>.<base64url>; the stored text is not.',
  );
}
