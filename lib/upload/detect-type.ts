import { fileTypeFromBuffer } from 'file-type';
import { cleanMediaType } from './file-name.js';

/**
 * Bytes of a file's beginning that are looked at: as many as `file-type` says it
 * takes to tell most types.
 */
export const HEAD_BYTES = 4100;

/**
 * Archives, by how they begin. `file-type` would unpack them to tell what is in
 * them, which takes up to a hundred times as long as all the rest.
 */
const ARCHIVES: readonly (readonly [beginning: string, type: string])[] = [
  ['\u001f\u008b\b', 'application/gzip'],
  ['PK\u0003\u0004', 'application/zip'],
];

/** All control characters but tab, line feed, form feed, return and escape. */
// oxlint-disable-next-line no-control-regex -- logs of terminals have escapes
const BINARY = /[^\P{Cc}\t\n\f\r\u{1b}]/u;

/**
 * The media type that the first bytes of a file show. A file may be one of
 * several types at once, and go on as something else: it says what the file may
 * be shown as, never what is in it.
 *
 * @param head - the first {@link HEAD_BYTES} bytes; all of a smaller file. The
 * caller's, and not kept.
 * @returns in lower case, without parameters; `text/plain` for UTF-8 that is
 * nothing else, which HTML and SVG may be; undefined where nothing is known.
 * Never fails.
 */
export async function detectType(
  head: Uint8Array,
): Promise<string | undefined> {
  if (head.length === 0) return undefined;
  const found = archiveType(head) ?? (await signatureType(head));
  return found ?? (isText(head) ? 'text/plain' : undefined);
}

function archiveType(head: Uint8Array): string | undefined {
  const beginning = String.fromCharCode(...head.subarray(0, 4));
  return ARCHIVES.find(([one]) => beginning.startsWith(one))?.[1];
}

async function signatureType(head: Uint8Array): Promise<string | undefined> {
  try {
    const found = await fileTypeFromBuffer(head);
    return found && cleanMediaType(found.mime);
  } catch {
    // A malformed file is a file like any other.
    return undefined;
  }
}

/** A letter may be cut where the head ends, but not where the file does. */
function isText(head: Uint8Array): boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    const text = decoder.decode(head, { stream: head.length === HEAD_BYTES });
    return !BINARY.test(text);
  } catch {
    return false;
  }
}
