import { crc32 } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';

/** One file of a zip, as a reader that is not ours finds it. */
export interface ReadMember {
  readonly name: string;
  readonly content: Buffer;
  readonly modified: Date;
  /** Unix type and permissions. */
  readonly mode: number;
}

/**
 * Reads a whole zip from its central directory.
 *
 * @throws if it is no valid zip, a name is unsafe, or a checksum is wrong.
 */
export async function readZip(bytes: Buffer): Promise<ReadMember[]> {
  const zip = await fromBufferPromise(bytes, {
    lazyEntries: true,
    strictFileNames: true,
  });
  const members: ReadMember[] = [];
  for await (const entry of zip.eachEntry()) {
    members.push(await readMember(zip, entry));
  }
  return members;
}

async function readMember(zip: ZipFile, entry: Entry): Promise<ReadMember> {
  const content = await buffer(await zip.openReadStreamPromise(entry));
  if (crc32(content) !== entry.crc32) {
    throw new Error(`The checksum of ${entry.fileName} is wrong.`);
  }
  return {
    name: entry.fileName,
    content,
    modified: entry.getLastModDate(),
    mode: entry.externalFileAttributes >>> 16,
  };
}
