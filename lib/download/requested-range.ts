import parseRange from 'range-parser';
import type { ByteRange } from '../core/floe/geometry.js';

/**
 * The range that a `Range` header asks for.
 *
 * @param header - a malformed one, another unit, and several ranges at once ask
 * for the whole: the work of an answer is never more than that of the file.
 * @param size - bytes of the file.
 * @returns undefined for the whole file.
 * @see RFC 9110, 14.2 "Range"
 */
export function requestedRange(
  header: string,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  if (!/^bytes=/i.test(header)) return undefined;
  if (header.includes(',') || isBackwards(header)) return undefined;
  const ranges = parseRange(size, clampSuffix(header, size));
  if (ranges === -1)
    return isEmptySuffix(header, size) ? undefined : 'unsatisfiable';
  if (ranges === -2) return undefined;
  const [range] = ranges;
  return range && { start: range.start, end: range.end + 1 };
}

/** The library takes it for one that the file does not have. */
function isBackwards(header: string): boolean {
  const [, start, end] = /^bytes=\s*(\d+)\s*-\s*(\d+)\s*$/i.exec(header) ?? [];
  return Number(start) > Number(end);
}

/** A suffix longer than the file is the file, which the library takes for none. */
function clampSuffix(header: string, size: number): string {
  return header.replace(
    /(=\s*)-(\d+)/,
    (_, before: string, length: string) =>
      `${before}-${Math.min(Number(length), size)}`,
  );
}

/** The last bytes of an empty file are there, and no 206 could say which. */
function isEmptySuffix(header: string, size: number): boolean {
  return size === 0 && /^bytes=\s*-0*[1-9]\d*\s*$/i.test(header);
}
