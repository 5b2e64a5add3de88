import type { ExpectedValidators } from './expected-validators.js';

/** Bytes of the files that requests are made for, by what they stand for. */
export const FILE_SIZES = {
  /** Four segments, the last of seven bytes. */
  usual: 3 * 65_536 + 7,
  /** Too large to be verified in memory. */
  large: 5 * 65_536 + 7,
  one: 1,
  empty: 0,
} as const;

/** Which of the files. */
export type FileKind = keyof typeof FILE_SIZES;

/** What a request is to be answered with. */
export interface Answer {
  readonly status: 200 | 201 | 206 | 304 | 412 | 416;
  /** With 206 bytes of the file from `start` to `end`, exclusive. */
  readonly start?: number;
  readonly end?: number;
}

type Method = 'GET' | 'HEAD' | 'POST';

type Headers = Readonly<Record<string, string>>;

/** A request, and the answers that are right. */
export interface RequestRow {
  readonly method: Method;
  /** What is asked for, and the section of RFC 9110 that has the rule. */
  readonly rule: string;
  readonly kind: FileKind;
  /**
   * Request headers. A word in braces stands for a value of the file's own, as
   * {@link filledIn} has it.
   */
  readonly headers: Headers;
  /** Several where the choice is left. */
  readonly answers: readonly Answer[];
}

/** A GET of the usual file. */
export function get(
  rule: string,
  headers: Headers,
  ...answers: readonly Answer[]
): RequestRow {
  return { method: 'GET', rule, kind: 'usual', headers, answers };
}

/** A GET of another file. */
export function of(
  kind: FileKind,
  rule: string,
  ...[headers, answer]: readonly [Headers, Answer]
): RequestRow {
  return { ...get(`${rule}, ${kind} file`, headers, answer), kind };
}

/** Another method on the usual file. */
export function by(
  method: Method,
  rule: string,
  ...[headers, answer]: readonly [Headers, Answer]
): RequestRow {
  return { ...get(rule, headers, answer), method };
}

/** GETs with one condition each: its value and the answer, by the rule. */
export function when(
  header: string,
  rows: Readonly<Record<string, readonly [value: string, answer: Answer]>>,
): readonly RequestRow[] {
  return Object.entries(rows).map(([rule, [value, answer]]) =>
    get(`${header} of ${rule}`, { [header]: value }, answer),
  );
}

/** The same with If-Range, for one range. */
export function ifRange(
  set: string,
  rows: Parameters<typeof when>[1],
): readonly RequestRow[] {
  return Object.entries(rows).map(([rule, [value, answer]]) =>
    get(`If-Range of ${rule}`, { 'If-Range': value, ...range(set) }, answer),
  );
}

/** A GET with two header lines. */
export function both(one: string, other: string, answer: Answer): RequestRow {
  const lines = [one, other].map((line) => line.split(': ', 2));
  return get(`${one}; ${other}`, Object.fromEntries(lines) as Headers, answer);
}

/** A Range header. */
export function range(set: string): Headers {
  return { Range: `bytes=${set}` };
}

/** A 206 of the bytes from `start` to `end`, exclusive. */
export function part(start: number, end: number): Answer {
  return { status: 206, start, end };
}

const SECOND = 1000;

/**
 * Replaces the words in braces: `{etag}`, `{opaque}` (the same without its
 * quotes), `{ETAG}` (small letters for capitals and the other way round),
 * `{date}` (Last-Modified), `{date850}` and `{asctime}` (the obsolete forms of
 * it), `{earlier}` and `{later}` (a second from it).
 */
export function filledIn(
  headers: Headers,
  { etag, lastModified }: ExpectedValidators,
): Headers {
  const at = Date.parse(lastModified);
  const words: Headers = {
    etag,
    opaque: etag.slice(1, -1),
    ETAG: etag.replaceAll(/[a-z]/gi, otherCase),
    date: lastModified,
    date850: rfc850Date(at),
    asctime: asctimeDate(at),
    earlier: new Date(at - SECOND).toUTCString(),
    later: new Date(at + SECOND).toUTCString(),
  };
  const fill = (value: string) =>
    value.replaceAll(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '?');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, fill(value)]),
  );
}

function otherCase(letter: string): string {
  const small = letter.toLowerCase();
  return letter === small ? letter.toUpperCase() : small;
}

/** Such as `Sunday, 06-Nov-94 08:49:37 GMT`. */
function rfc850Date(at: number): string {
  const [, day, month, year, time] = new Date(at).toUTCString().split(' ');
  const weekday = new Intl.DateTimeFormat('en', {
    weekday: 'long',
    timeZone: 'UTC',
  }).format(at);
  return `${weekday}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
}

/** Such as `Sun Nov  6 08:49:37 1994`. */
function asctimeDate(at: number): string {
  const [weekday, day, month, year, time] = new Date(at)
    .toUTCString()
    .split(' ');
  const padded = String(Number(day)).padStart(2);
  return `${weekday?.slice(0, 3)} ${month} ${padded} ${time} ${year}`;
}
