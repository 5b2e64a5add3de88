import { FormatError, IntegrityError } from '../errors.js';
import {
  decryptShort,
  encryptShort,
  MAX_SHORT_MESSAGE,
} from '../floe/short-message.js';
import type { SecretKey } from '../secret-key.js';
import { decodeBase64url } from './base64url.js';

/** What a sealed text is, for errors, and what it is bound to. */
export interface SealContext {
  /** Begins a sentence: `File information`. */
  readonly what: string;
  readonly aad: Uint8Array;
}

const VERSION = '1.';
/** Lengths are padded to this, so that a sealed text tells little of its own. */
const PADDING = 256;

/**
 * Seals an object as JSON under a file's data key.
 *
 * @returns `1.<base64url(FLOE(dataKey, aad, JSON))>`; the JSON is padded with
 * spaces to a multiple of 256 bytes.
 * @throws RangeError if it does not fit a short message: 64 KiB.
 */
export function sealJson(
  dataKey: SecretKey,
  value: object,
  { what, aad }: SealContext,
): string {
  const json = Buffer.from(JSON.stringify(value));
  const padded = Buffer.alloc(Math.ceil(json.length / PADDING) * PADDING, ' ');
  if (padded.length > MAX_SHORT_MESSAGE) {
    throw new RangeError(`${what} of ${json.length} bytes is too long.`);
  }
  padded.set(json);
  return VERSION + encryptShort(dataKey, padded, aad).toString('base64url');
}

/**
 * Opens what {@link sealJson} made.
 *
 * @returns its members, which the caller checks.
 * @throws {@link FormatError} if the text has another shape.
 * @throws {@link IntegrityError} if it was changed, or belongs elsewhere.
 */
export function openJson(
  dataKey: SecretKey,
  text: string,
  { what, aad }: SealContext,
): Record<string, unknown> {
  // SQLite keeps bytes in a column of texts, where somebody wrote them there.
  if (typeof text !== 'string' || !text.startsWith(VERSION)) {
    throw new FormatError(
      `${what}: expected the text 1.<base64url>; the stored text is another.`,
    );
  }
  const message = decodeBase64url(text.slice(VERSION.length));
  const json = decryptShort(dataKey, message, aad).toString();
  try {
    return Object(JSON.parse(json)) as Record<string, unknown>;
  } catch {
    // Without the cause: it quotes what it could not read.
    throw new IntegrityError(`${what}: what was sealed is no JSON.`);
  }
}
