import type { OutgoingHttpHeader } from 'node:http';

/** Not even the browser keeps it, where the application says nothing. */
const PRIVATE = 'private, no-store';

/**
 * The `Cache-Control` of a download. What the application has set is kept; in
 * any case nobody on the way may change the bytes: a packed answer would have
 * another length, and other ranges, than its headers say.
 *
 * @param wanted - the header's value so far, as an adapter has it.
 */
export function cacheControl(wanted: OutgoingHttpHeader | undefined): string {
  const value = [wanted ?? PRIVATE].flat().join(', ');
  const isKept = /(^|,)\s*no-transform\s*(,|$)/i.test(value);
  return isKept ? value : `${value}, no-transform`;
}
