import { create as contentDisposition } from 'content-disposition';
import type { Disposition } from './delivery.js';
import { offeredName } from './safe-name.js';
import { isShown, sentType } from './shown-type.js';

/** What a download's headers say of a file. */
export interface DownloadFacts {
  /** The client's name for the file. */
  readonly name: string;
  /** The declared media type. */
  readonly type: string;
  /** The media type that the first bytes show; undefined if none is known. */
  readonly detected: string | undefined;
  readonly disposition: Disposition;
}

/**
 * What keeps a file from harming the site that it comes from. A 304 has them too:
 * a cache takes over what it says.
 */
export const SAFETY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; sandbox",
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

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
  disposition,
}: DownloadFacts): Readonly<Record<string, string>> {
  const inline = disposition === 'inline' && isShown(type, detected);
  return {
    'Content-Type': contentType(type, inline),
    'Content-Disposition': contentDisposition(offeredName(name), {
      type: inline ? 'inline' : 'attachment',
    }),
    ...SAFETY_HEADERS,
  };
}

/** Text that is displayed was found to be UTF-8; a browser might guess else. */
function contentType(declared: string, inline: boolean): string {
  const type = sentType(declared);
  return inline && type === 'text/plain' ? `${type}; charset=utf-8` : type;
}
