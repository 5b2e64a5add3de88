import { LinkError } from '../core/errors.js';
import type { LinkTerms } from '../core/keys/link-terms.js';
import { isPassword } from './link-password.js';

/** What a link allows, beside its end. */
interface LinkLimits {
  /** Before it the link opens nothing. */
  readonly notBefore?: Date | undefined;
  /** Complete copies that may leave, 1 to 1,000,000; 1. */
  readonly maxDownloads?: number | undefined;
  /** Asked for at each download; 1 to 1024 bytes of UTF-8. */
  readonly password?: string | undefined;
}

/** What a new link allows: one of the two ends, 1 second to 10 years away. */
export type DownloadLinkOptions = LinkLimits &
  (
    | {
        /** Seconds from now. */
        readonly expiresIn: number;
        readonly expiresAt?: undefined;
      }
    | { readonly expiresAt: Date; readonly expiresIn?: undefined }
  );

/** Options that were checked; the password is not hashed yet. */
export interface CheckedLinkOptions extends Omit<LinkTerms, 'password'> {
  readonly password: string | undefined;
}

const SECOND = 1000;
const MAX_TIME = 10 * 366 * 24 * 60 * 60 * SECOND;
const MAX_DOWNLOADS = 1_000_000;

/**
 * Checks the options of a new link.
 *
 * @param now - epoch milliseconds.
 * @throws {@link LinkError} `LINK_OPTIONS`, which names the field.
 */
export function checkLinkOptions(
  options: DownloadLinkOptions,
  now: number,
): CheckedLinkOptions {
  const given = Object(options) as Partial<DownloadLinkOptions>;
  const { maxDownloads = 1, password } = given;
  const expiresAt = checkEnd(given, now);
  if (
    !Number.isSafeInteger(maxDownloads) ||
    maxDownloads < 1 ||
    maxDownloads > MAX_DOWNLOADS
  ) {
    throw refuse(
      'maxDownloads',
      `must be an integer from 1 to ${MAX_DOWNLOADS}`,
    );
  }
  if (password !== undefined && !isPassword(password)) {
    throw refuse('password', 'must be a text of 1 to 1024 bytes');
  }
  const notBefore = checkBeginning(given.notBefore, expiresAt);
  return { expiresAt, notBefore, maxDownloads, password };
}

/**
 * The bytes that a new link may hand over: one less than one copy more than it
 * allows, so that parts and broken transfers never add up to another copy.
 *
 * @param size - of the file, in bytes.
 * @throws {@link LinkError} `LINK_OPTIONS` if that is no safe integer.
 */
export function budgetOf(maxDownloads: number, size: number): number {
  if (size === 0) return 0;
  const budget = (maxDownloads + 1) * size - 1;
  if (!Number.isSafeInteger(budget)) {
    throw refuse('maxDownloads', `is too large for a file of ${size} bytes`);
  }
  return budget;
}

function checkEnd(
  { expiresIn, expiresAt }: Partial<DownloadLinkOptions>,
  now: number,
): number {
  if ((expiresIn === undefined) === (expiresAt === undefined)) {
    throw new LinkError(
      'LINK_OPTIONS',
      'A download link ends: give either expiresIn, in seconds, or expiresAt, a Date.',
    );
  }
  const field = expiresIn === undefined ? 'expiresAt' : 'expiresIn';
  const end =
    expiresIn === undefined ? timeOf(expiresAt) : now + secondsOf(expiresIn);
  if (!(end >= now + SECOND && end <= now + MAX_TIME)) {
    const kind = expiresIn === undefined ? 'a Date' : 'a number of seconds';
    throw refuse(field, `must be ${kind}, 1 second to 10 years from now`);
  }
  return end;
}

function checkBeginning(notBefore: unknown, expiresAt: number): number | null {
  if (notBefore === undefined) return null;
  const beginning = timeOf(notBefore);
  if (!(beginning >= 0 && beginning < expiresAt)) {
    throw refuse('notBefore', 'must be a Date before the end of the link');
  }
  return beginning;
}

/** @returns milliseconds; NaN if it is no number. */
function secondsOf(value: unknown): number {
  return typeof value === 'number' ? Math.floor(value * SECOND) : Number.NaN;
}

/** @returns epoch milliseconds; NaN if it is no valid Date. */
function timeOf(value: unknown): number {
  return value instanceof Date ? value.getTime() : Number.NaN;
}

function refuse(field: keyof DownloadLinkOptions, what: string): LinkError {
  return new LinkError('LINK_OPTIONS', `A download link's ${field} ${what}.`);
}
