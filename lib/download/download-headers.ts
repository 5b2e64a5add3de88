import { create as contentDisposition } from 'content-disposition';
import type { Disposition } from './delivery.js';
import { shortName } from './short-name.js';
import { isShown, sentType } from './shown-type.js';

/** What a download's headers say of a file. */
export interface DownloadFacts {
  /** The client's name for the file. */
  readonly name: string;
  /** The declared media type. */
  readonly type: string;
  /** The media type that the first bytes show; undefined if none is known. */
  readonly detected: string | undefined;
  /** Bytes of the answer. */
  readonly size: number;
  readonly disposition: Disposition;
}

/**
 * The headers of a download, beside those that the application sets. A file is
 * attached unless `inline` is asked, its declared type is one that a browser
 * displays, and its first bytes agree.
 *
 * What is opened as a page of its own is in a sandbox and loads nothing. Images
 * and text are displayed there; whether PDF, sound and film are, differs between
 * browsers. Pages of the same origin display images, sound and film in their own
 * elements.
 */
export function downloadHeaders({
  name,
  type,
  detected,
  size,
  disposition,
}: DownloadFacts): Readonly<Record<string, string>> {
  const inline = disposition === 'inline' && isShown(type, detected);
  return {
    'Content-Type': contentType(type, inline),
    'Content-Length': String(size),
    'Content-Disposition': contentDisposition(shortName(name), {
      type: inline ? 'inline' : 'attachment',
    }),
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'private, no-store',
  };
}

/** Text that is displayed was found to be UTF-8; a browser might guess else. */
function contentType(declared: string, inline: boolean): string {
  const type = sentType(declared);
  return inline && type === 'text/plain' ? `${type}; charset=utf-8` : type;
}
