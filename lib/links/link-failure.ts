import { LinkError } from '../core/errors.js';

/**
 * The one answer for a link that opens nothing: unknown, malformed, revoked, of a
 * file that is gone. Which of them it is nobody learns.
 */
export function invalidLink(): LinkError {
  return new LinkError('LINK_INVALID', 'There is no such download link.');
}

/** Its time is over. */
export function expiredLink(): LinkError {
  return new LinkError('LINK_EXPIRED', 'This download link has expired.');
}

/** Its uses are used up, or the bytes of it, by transfers that broke. */
export function spentLink(): LinkError {
  return new LinkError('LINK_SPENT', 'This download link is used up.');
}

/** The lease is none of the link's, or no more. */
export function leaseOver(): LinkError {
  return new LinkError(
    'LINK_LEASE',
    'This download can no longer be resumed: begin it anew, if the link is not used up.',
  );
}

/** Its time has not come. */
export function earlyLink(): LinkError {
  return new LinkError(
    'LINK_NOT_YET',
    'This download link cannot be used yet: try again later.',
  );
}

/** When a transfer ends nobody knows. */
const BUSY_SECONDS = 5;

/** A transfer of this very lease is under way. */
export function busyLink(): LinkError {
  return new LinkError(
    'LINK_BUSY',
    'A download with this link is still running: wait until it is over.',
    { retryAfter: BUSY_SECONDS },
  );
}

/** The password is missing, or another one. */
export function wrongPassword(): LinkError {
  return new LinkError(
    'LINK_PASSWORD',
    'The password of this download link is missing or wrong.',
  );
}

/**
 * Too many passwords were tried.
 *
 * @param rest - milliseconds until more can be tried.
 */
export function lockedLink(rest: number): LinkError {
  return new LinkError(
    'LINK_LOCKED',
    `Too many passwords were tried for this download link: wait ${Math.ceil(rest / 60_000)} minutes.`,
    { retryAfter: Math.ceil(rest / 1000) },
  );
}
