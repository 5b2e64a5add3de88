import { addAbortSignal, finished, type Readable } from 'node:stream';
import { type ReadStreamOptions, ZipFile } from 'yazl';

/** One file of a zip. */
export interface ZipMember {
  /** A safe name, unlike that of any other member. */
  readonly name: string;
  /** Exactly as many bytes as `open` gives. */
  readonly size: number;
  readonly modified: Date;
  /** Its bytes, which are asked for when its turn has come. */
  open(signal: AbortSignal | undefined): Readable;
}

/** Where numbers of the older format end. */
const MAX_16 = 0xffff;
const MAX_32 = 0xffff_ffff;

/** The ZIP64 end of central directory record, and its locator. */
const ZIP64_END_BYTES = 56 + 20;

/** A file that its owner may read and write. */
const MODE = 0o100600;

/** After 2038 the number that holds UTC is full. */
const MAX_UTC_MS = 0x7fff_ffff * 1000;

/**
 * A zip of files as they are, without compression, so that its size is known
 * before any of them is read.
 *
 * @see PKWARE APPNOTE.TXT 6.3.10, 4.3 "General Format of a .ZIP file"
 */
export class ZipArchive {
  /** Bytes of all of it. */
  readonly size: number;
  readonly #members: readonly ZipMember[];
  readonly #zip64: boolean;

  constructor(members: readonly ZipMember[]) {
    const largest = sizeWithZip64End(members);
    this.#members = members;
    this.#zip64 = members.length >= MAX_16 || largest >= MAX_32;
    // Without need there is no such end: not every program reads it. The packer
    // counts it too early, with a central directory of 64 KiB, and writes it not.
    this.size = this.#zip64 ? largest : largest - ZIP64_END_BYTES;
  }

  /**
   * The zip, of which one member at a time is open. A member that fails, or a
   * signal, destroys the stream; destroying it closes the member.
   *
   * @throws what the signal was aborted with, before anything is opened.
   */
  stream(signal?: AbortSignal): Readable {
    signal?.throwIfAborted();
    const zip = new ZipFile();
    const output = zip.outputStream as Readable;
    let open: Readable | undefined;
    zip.on('error', (error: Error) => output.destroy(error));
    output.once('close', () => open?.destroy());
    for (const member of this.#members) {
      zip.addReadStreamLazy(member.name, optionsOf(member), (give) => {
        // The packer begins with the next member for nobody, too.
        if (output.destroyed) return;
        open = member.open(signal);
        // The packer pipes the bytes: a failure stops there, and it would wait.
        finished(open, (error) => void (error && output.destroy(error)));
        give(null, open);
      });
    }
    zip.end({ forceZip64Format: this.#zip64, comment: '' });
    return signal ? addAbortSignal(signal, output) : output;
  }
}

/** Lays a zip out whose members are never opened. */
function sizeWithZip64End(members: readonly ZipMember[]): number {
  const zip = new ZipFile();
  for (const member of members) {
    zip.addReadStreamLazy(member.name, optionsOf(member), () => undefined);
  }
  let size = 0;
  const tell = (total: number): void => {
    size = total;
  };
  // The types leave out what it is told, which it is before `end` returns.
  zip.end({ forceZip64Format: true, comment: '' }, tell as () => void);
  return size;
}

function optionsOf({ size, modified }: ZipMember): Partial<ReadStreamOptions> {
  // A row may hold any number; the packer fails at those before 1970.
  const time = modified.getTime() > 0 ? modified.getTime() : 0;
  return {
    size,
    mtime: new Date(time),
    mode: MODE,
    compress: false,
    forceDosTimestamp: time > MAX_UTC_MS,
  };
}
