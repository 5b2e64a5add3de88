import type { ErrorCode } from '../../lib/core/errors.js';

/** What somebody may write into a column. */
export type Value = string | number | null | Uint8Array;

/** One thing that somebody may write, and what has to come of it. */
export interface Manipulation {
  readonly what: string;
  readonly value: Value;
  /** Codes that are right; none where the row stays what it was in meaning. */
  readonly codes: readonly ErrorCode[];
  /** One of very many of its kind: not every call is tried with it. */
  readonly light?: boolean;
}

/** A stored text that is sealed: `1.<blob>`, or `1.<key id>.<blob>`. */
export interface SealedText {
  readonly text: string;
  /** What another key id comes to; absent where the text has none. */
  readonly otherId?: ErrorCode;
}

/** Changed in place: what was sealed is there, and does not verify. */
export const DAMAGE: readonly ErrorCode[] = ['INTEGRITY', 'FORMAT'];
const FORMAT: readonly ErrorCode[] = ['FORMAT'];

const ALPHABET =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Characters at either end of a blob of which each is changed. */
const END = 64;
/** Between them one of so many is. */
const STEP = 32;

/** Everything that is done to a sealed text by itself, without another row. */
export function respellings(sealed: SealedText): Manipulation[] {
  return [
    ...cuts(sealed),
    ...additions(sealed),
    ...encodings(sealed),
    ...versions(sealed),
    ...kinds(),
    ...changedCharacters(sealed),
  ];
}

/** The text with another key id in its place. */
export function withId(text: string, id: string): string {
  return `1.${id}.${blobOf(text)}`;
}

function cuts({ text }: SealedText): Manipulation[] {
  const blob = blobOf(text);
  const head = text.slice(0, text.length - blob.length);
  return [
    ['nothing', ''],
    ['one letter', text.slice(0, 1)],
    ['its version', '1.'],
    ['its head', head],
    ['cut by one', text.slice(0, -1)],
    ['cut by four', text.slice(0, -4)],
    ['cut by a half', text.slice(0, text.length / 2)],
    ['its end', text.slice(text.length / 2)],
    ['its blob', blob],
    ['without its first letter', text.slice(1)],
    ['only dots', '...'],
  ].map(([what = '', value = '']) => ({ what, value, codes: DAMAGE }));
}

function additions({ text, otherId }: SealedText): Manipulation[] {
  const blob = blobOf(text);
  const more: [what: string, value: string][] = [
    ['a letter more', `${text}A`],
    ['padding', `${text}=`],
    ['more padding', `${text}==`],
    ['a space behind', `${text} `],
    ['a space before', ` ${text}`],
    ['a line feed', `${text}\n`],
    ['a line feed before', `\n${text}`],
    [
      'a tab within',
      text.replace(blob, `${blob.slice(0, 9)}\t${blob.slice(9)}`),
    ],
    ['a null byte', `${text}\0`],
    ['a null byte within', text.replace('1.', '1.\0')],
    ['a zero-width space', `${text}\u200b`],
    ['a byte order mark', `\ufeff${text}`],
  ];
  // Of two dots and more, all between the first and the last is the key id.
  const dotted = otherId ? [otherId] : FORMAT;
  return [
    ...more.map(([what, value]) => ({ what, value, codes: DAMAGE })),
    { what: 'twice', value: text + text, codes: dotted },
    {
      what: 'a dot and a letter more',
      value: `${text}.A`,
      codes: otherId ? [...dotted, ...FORMAT] : FORMAT,
    },
  ];
}

function encodings({ text, otherId }: SealedText): Manipulation[] {
  const blob = blobOf(text);
  const head = text.slice(0, text.length - blob.length);
  const bytes = Buffer.from(blob, 'base64url');
  const respelt: [what: string, value: string][] = [
    ['the other alphabet', bytes.toString('base64').replaceAll('=', '')],
    ['base64', bytes.toString('base64')],
    ['hexadecimal', bytes.toString('hex')],
    ['bytes', bytes.toString('latin1').replaceAll('\0', ' ')],
    ['percent-encoded', `%${blob.charCodeAt(0).toString(16)}${blob.slice(1)}`],
    ['a full-width letter', `\uff21${blob.slice(1)}`],
    ['a Cyrillic letter', `\u0410${blob.slice(1)}`],
    ['spare bits', nextLetter(blob)],
    ['all capitals', blob.toUpperCase()],
    ['encoded twice', Buffer.from(blob).toString('base64url')],
  ];
  const capitals = otherId ? [otherId, ...DAMAGE] : DAMAGE;
  return [
    ...respelt.map(([what, value]) => ({
      what,
      value: head + value,
      codes: DAMAGE,
    })),
    { what: 'capitals in all', value: text.toUpperCase(), codes: capitals },
    { what: 'JSON', value: JSON.stringify(text), codes: FORMAT },
  ].filter(({ value }) => value !== text);
}

function versions({ text }: SealedText): Manipulation[] {
  const rest = text.slice(1);
  return [
    '0',
    '2',
    '10',
    '01',
    '1.0',
    '-1',
    '+1',
    'v1',
    '\uff11',
    '\u0661',
    '',
  ].map((version) => ({
    what: `version ${JSON.stringify(version)}`,
    value: version + rest,
    codes: [...DAMAGE, ...(version === '1.0' ? OTHER_IDS : [])],
  }));
}

/** `1.0.<id>.<blob>` has a key id with a dot. */
const OTHER_IDS: readonly ErrorCode[] = ['WRONG_KEY', 'KEY_NOT_FOUND'];

/** What a column of a text does not hold, unless the database lets it. */
function kinds(): Manipulation[] {
  return [
    { what: 'no text', value: null, codes: FORMAT },
    { what: 'a number', value: 1, codes: FORMAT },
    { what: 'a blob', value: Buffer.from('1.AAAA'), codes: FORMAT },
    { what: 'no bytes', value: Buffer.alloc(0), codes: FORMAT },
    { what: '64 KiB less one', value: '1.'.padEnd(65_535, 'A'), codes: DAMAGE },
  ];
}

/** Each character that matters by itself, and a sample of the others. */
function* changedCharacters({
  text,
  otherId,
}: SealedText): Generator<Manipulation, void> {
  const blobAt = text.length - blobOf(text).length;
  for (let at = 0; at < text.length; at += 1) {
    const isEnd = at < blobAt + END || at >= text.length - END;
    if (!isEnd && at % STEP !== 0) continue;
    yield {
      what: `another character at ${at}`,
      value: text.slice(0, at) + otherLetter(text, at) + text.slice(at + 1),
      codes: codesAt(at, { blobAt, otherId }),
      light: true,
    };
  }
}

function codesAt(
  at: number,
  {
    blobAt,
    otherId,
  }: { readonly blobAt: number; readonly otherId: ErrorCode | undefined },
): readonly ErrorCode[] {
  if (at >= blobAt) return DAMAGE;
  const isId = at >= 2 && at < blobAt - 1;
  return isId && otherId ? [otherId] : FORMAT;
}

function otherLetter(text: string, at: number): string {
  const step = 1 + ((at * 11) % (ALPHABET.length - 1));
  const letter = ALPHABET.indexOf(text.charAt(at));
  return ALPHABET.charAt((letter + step) % ALPHABET.length);
}

/** The last letter with its spare bits set, where it has some. */
function nextLetter(blob: string): string {
  const letter = ALPHABET.indexOf(blob.slice(-1));
  return blob.slice(0, -1) + ALPHABET.charAt((letter + 1) % ALPHABET.length);
}

function blobOf(text: string): string {
  return text.slice(text.lastIndexOf('.') + 1);
}
