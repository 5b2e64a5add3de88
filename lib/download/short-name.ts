/** A name in two parts; cutting it spares the second. */
export interface NameParts {
  readonly stem: string;
  /** With its dot; empty if there is none. */
  readonly extension: string;
}

/** The longest name that leaves: what most file systems can store, in bytes. */
const MAX_BYTES = 240;

/** A short ending with something in front of it. */
const EXTENSION = /(?<=.)\.[^.]{1,16}$/su;

/**
 * A name that is too long for a file system loses letters, not its extension.
 *
 * @returns 240 bytes of UTF-8 at most; a shorter name as it is.
 */
export function shortName(name: string): string {
  const { stem, extension } = shortParts(name);
  return stem + extension;
}

/**
 * The parts of a name, cut to be `spare` bytes shorter than it might be.
 *
 * @param spare - for what is put between them.
 */
export function shortParts(name: string, spare = 0): NameParts {
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  const stem = name.slice(0, name.length - extension.length);
  const room = MAX_BYTES - spare - Buffer.byteLength(extension);
  return { stem: cutToBytes(stem, room), extension };
}

const letters = new Intl.Segmenter();
const utf8 = new TextEncoder();

/** Between two letters as people see them, not within one. */
function cutToBytes(text: string, room: number): string {
  const { read } = utf8.encodeInto(text, new Uint8Array(room));
  const cutLetter = letters.segment(text).containing(read);
  return cutLetter ? text.slice(0, cutLetter.index) : text;
}
