import { create as contentDisposition } from 'content-disposition';
import type { Disposition } from './delivery.js';

/** What a download's headers say of a file. */
export interface DownloadFacts {
  /** The client's name for the file. */
  readonly name: string;
  /** The declared media type. */
  readonly type: string;
  /** Bytes of the answer. */
  readonly size: number;
  readonly disposition: Disposition;
}

/**
 * Types that a browser shows without running anything of them. What is not here
 * is attached, whatever was asked: HTML, SVG and XML carry scripts.
 */
const SHOWN = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'application/pdf',
  'text/plain',
]);
const SHOWN_FAMILIES = /^(audio|video)\/[a-z0-9.+-]+$/;

/** The longest offered name: what most file systems can store, in bytes. */
const MAX_OFFERED_BYTES = 240;

/** The headers of a download, beside those that the application sets. */
export function downloadHeaders({
  name,
  type,
  size,
  disposition,
}: DownloadFacts): Readonly<Record<string, string>> {
  const inline = disposition === 'inline' && isShown(type);
  return {
    'Content-Type': type,
    'Content-Length': String(size),
    'Content-Disposition': contentDisposition(offeredName(name), {
      type: inline ? 'inline' : 'attachment',
    }),
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cache-Control': 'private, no-store',
  };
}

function isShown(type: string): boolean {
  return SHOWN.has(type) || SHOWN_FAMILIES.test(type);
}

/** A name that is too long for a file system loses letters, not its extension. */
function offeredName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_OFFERED_BYTES) return name;
  const extension = /\.[^.]{1,16}$/u.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - extension.length);
  const room = MAX_OFFERED_BYTES - Buffer.byteLength(extension);
  return cutToBytes(stem, room) + extension;
}

/** Between two letters as people see them, not within one. */
function cutToBytes(text: string, room: number): string {
  let cut = '';
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += Buffer.byteLength(segment);
    if (used > room) break;
    cut += segment;
  }
  return cut;
}
