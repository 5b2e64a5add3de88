import { UploadError } from '../core/errors.js';

/** The longest real name that is stored, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 4096;

const FALLBACK_NAME = 'file';
/** The media type of bytes of which nothing is known. */
export const FALLBACK_TYPE = 'application/octet-stream';

/**
 * Controls, line and paragraph separators, and the marks that reverse or hide
 * the direction of text: with them `invoice<U+202E>fdp.exe` shows as a PDF.
 */
const INVISIBLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,63}\/[a-z0-9!#$&^_.+-]{1,63}$/;

/**
 * The name of a multipart part, as the client meant it.
 *
 * The parser hands the header's bytes over as latin1, so that they are decoded
 * here once: as UTF-8, which every browser sends, or else as the latin1 that they
 * then are. A name from `filename*` arrives decoded; its letters beyond U+00FF
 * tell so.
 */
export function decodeFileName(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  if (bytes.toString('latin1') !== name) return name;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch {
    return name;
  }
}

/**
 * Makes a name fit for display: the part behind the last slash or backslash,
 * without characters that cannot be seen. It is never used as a path.
 *
 * @throws {@link UploadError} `NAME_TOO_LONG` if it has more than 4,096 bytes.
 */
export function cleanFileName(name: string): string {
  const base = name.slice(
    Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1,
  );
  const clean = base.toWellFormed().replace(INVISIBLE, '').trim();
  checkNameLength(clean);
  return /^\.*$/.test(clean) ? FALLBACK_NAME : clean;
}

/** @throws {@link UploadError} `NAME_TOO_LONG` beyond 4,096 bytes of UTF-8. */
export function checkNameLength(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes <= MAX_NAME_BYTES) return;
  throw new UploadError(
    'NAME_TOO_LONG',
    `A file name may have ${MAX_NAME_BYTES} bytes; this one has ${bytes}. Shorten it.`,
  );
}

/**
 * A declared media type without its parameters, in lower case.
 *
 * @returns `application/octet-stream` for anything that is no media type.
 */
export function cleanMediaType(type: string | undefined): string {
  const [essence = ''] = (type ?? '').split(';');
  const lower = essence.trim().toLowerCase();
  return MEDIA_TYPE.test(lower) ? lower : FALLBACK_TYPE;
}
