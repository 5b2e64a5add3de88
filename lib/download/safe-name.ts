import { shortName } from './short-name.js';

const FALLBACK = 'file';

/** Controls, separators of lines, and marks that change the direction of text. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** What Windows has in no name; a colon also names a drive or a stream there. */
const FORBIDDEN = /[<>:"|?*]/g;

/** Windows drops them, and so makes one name of two. */
const TRAILING = /(?<![. ])[. ]+$/;

/**
 * Devices of Windows, which they are with any extension too.
 *
 * @see learn.microsoft.com, "Naming Files, Paths, and Namespaces"
 */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i;

/**
 * Makes of a client's name one that any system can give to a new file in a
 * folder: never a path, a device, or empty.
 *
 * @returns 1 to 240 bytes of UTF-8. Letters, their case and their composition
 * stay as they are.
 */
export function safeName(name: string): string {
  const seen = baseName(name).toWellFormed().replace(UNSEEN, '');
  const allowed = withoutTrail(seen.replace(FORBIDDEN, '_'));
  const short = withoutTrail(shortName(allowed));
  if (short === '') return FALLBACK;
  return DEVICE.test(short) ? shortName(`_${short}`) : short;
}

/** As names of uploads are: no path, nothing unseen, and not dots alone. */
const CLEAN = /^(?!\.*$)[^/\\\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+$/u;

/**
 * The name that a download is offered under. Names of uploads were cleaned when
 * they came and are only cut; names that come from elsewhere are made safe.
 *
 * @returns 1 to 240 bytes of UTF-8.
 */
export function offeredName(name: string): string {
  if (!CLEAN.test(name)) return safeName(name);
  // Of one letter that is too long nothing is left.
  return shortName(name) || FALLBACK;
}

function baseName(name: string): string {
  const slash = Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'));
  return name.slice(slash + 1);
}

function withoutTrail(name: string): string {
  return name.replace(TRAILING, '');
}
