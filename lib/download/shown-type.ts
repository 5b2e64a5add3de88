const PLAIN_BYTES = 'application/octet-stream';

/**
 * Types that a browser shows without running anything of them. HTML, SVG and XML
 * carry scripts.
 */
const DISPLAYED: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'application/pdf',
  'text/plain',
]);
const MEDIA = /^(audio|video)\/[a-z0-9.+-]+$/;

/** What the bytes show, where a declaration says less: an animated PNG is one. */
const DECLARED_AS: ReadonlyMap<string, string> = new Map([
  ['image/apng', 'image/png'],
]);

/**
 * The type that a file is sent as, whether or not its bytes agree: with `nosniff`
 * nobody makes anything else of it.
 *
 * @param declared - a claim of the client, any text.
 * @returns the declared type, in lower case and without parameters, if it is one
 * that is displayed; else `application/octet-stream`, which no page can load as a
 * script or a style sheet. Fit for a header in any case.
 */
export function sentType(declared: string): string {
  const [essence = ''] = declared.split(';', 1);
  const type = essence.trim().toLowerCase();
  return DISPLAYED.has(type) || MEDIA.test(type) ? type : PLAIN_BYTES;
}

/**
 * Whether a browser may display a file: if its declared type is one that is
 * displayed, and its first bytes show the same. Of audio and video it is enough
 * that they show either, since both come in the same containers.
 *
 * @param detected - what the first bytes show; undefined if nothing is known.
 */
export function isShown(
  declared: string,
  detected: string | undefined,
): boolean {
  const type = sentType(declared);
  if (detected === undefined || type === PLAIN_BYTES) return false;
  if (MEDIA.test(type)) return MEDIA.test(detected);
  return (DECLARED_AS.get(detected) ?? detected) === type;
}
