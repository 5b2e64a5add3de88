import { IntegrityError } from '../errors.js';
import type { SecretKey } from '../secret-key.js';
import { associatedData } from './associated-data.js';
import { openJson, type SealContext, sealJson } from './sealed-json.js';

/** What a download link allows, for as long as it is there. */
export interface LinkTerms {
  /** Epoch milliseconds from which on it opens nothing. */
  readonly expiresAt: number;
  /** Epoch milliseconds before which it opens nothing. */
  readonly notBefore: number | null;
  /** Complete copies that may leave; 1 or more. */
  readonly maxDownloads: number;
  /** `1.<base64url of the salt(16)>.<base64url of the hash(32)>`. */
  readonly password: string | null;
}

/**
 * Seals a link's terms under the data key of its file, so that nobody who can
 * only write the database makes a link.
 *
 * @param hash - of the row that will hold them: the base64url SHA-256 of the
 * link's secret.
 * @returns `1.<base64url(FLOE(dataKey, aad, JSON))>`; the JSON is padded with
 * spaces to a multiple of 256 bytes.
 * @see KEYS.md, "Link terms"
 */
export function sealTerms(
  dataKey: SecretKey,
  { expiresAt, notBefore, maxDownloads, password }: LinkTerms,
  hash: string,
): string {
  const terms = { expiresAt, notBefore, maxDownloads, password };
  return sealJson(dataKey, terms, sealOf(hash));
}

/**
 * Opens what {@link sealTerms} made.
 *
 * @throws FormatError if the text has another shape.
 * @throws {@link IntegrityError} if it was changed, or belongs to another link or
 * another file.
 */
export function openTerms(
  dataKey: SecretKey,
  text: string,
  hash: string,
): LinkTerms {
  const { expiresAt, notBefore, maxDownloads, password } = openJson(
    dataKey,
    text,
    sealOf(hash),
  );
  if (
    !isCount(expiresAt) ||
    !(notBefore === null || isCount(notBefore)) ||
    !isCount(maxDownloads) ||
    maxDownloads === 0 ||
    !(password === null || typeof password === 'string')
  ) {
    throw new IntegrityError(
      'The sealed terms of a link hold something else than two times, a number of downloads and a password.',
    );
  }
  return { expiresAt, notBefore, maxDownloads, password };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function sealOf(hash: string): SealContext {
  return { what: 'Link terms', aad: associatedData('link', hash) };
}
