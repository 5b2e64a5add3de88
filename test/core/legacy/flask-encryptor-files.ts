import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../../fixtures/flask-encryptor/', import.meta.url);

/** What manifest.json says of one file. */
interface Entry {
  readonly id: string;
  readonly bin: string;
  readonly chunkSize: number;
  readonly token: string;
  readonly globalKey: string;
  readonly originalName: string;
  readonly originalNameUtf8Hex: string;
  readonly realnameHex: string;
  readonly encrypted: { readonly sha256: string; readonly size: number };
  readonly plaintext: {
    readonly sha256: string;
    readonly size: number;
    readonly seed: number;
  };
}

/** A file that Flask-Encryptor wrote, and all that is known of it. */
export interface FlaskEncryptorFile extends Entry {
  readonly path: string;
  /** The bytes of the file. */
  readonly stored: Buffer;
  readonly content: Buffer;
  readonly realname: Buffer;
  /** For a reader: none where a multiple of 16 leaves no trace. */
  readonly oddChunkSize: number | undefined;
}

/** The 40 files of test/fixtures/flask-encryptor. */
export const FILES: readonly FlaskEncryptorFile[] = entries().map(read);

/** One of the {@link FILES}. */
export function flaskEncryptorFile(id: string): FlaskEncryptorFile {
  const found = FILES.find((file) => file.id === id);
  if (!found) throw new Error(`There is no file ${id}.`);
  return found;
}

function read(entry: Entry): FlaskEncryptorFile {
  const path = fileURLToPath(new URL(entry.bin, FOLDER));
  return {
    ...entry,
    path,
    stored: readFileSync(path),
    content: generated(entry.plaintext),
    realname: Buffer.from(entry.realnameHex, 'hex'),
    oddChunkSize: entry.chunkSize % 16 === 0 ? undefined : entry.chunkSize,
  };
}

/** Byte i is (31·i + 7·⌊i/256⌋ + seed) mod 256. */
function generated({ size, seed }: { size: number; seed: number }): Buffer {
  const byte = (i: number) => 31 * i + 7 * Math.floor(i / 256) + seed;
  return Buffer.from(Array.from({ length: size }, (_, i) => byte(i)));
}

function entries(): readonly Entry[] {
  const text = readFileSync(new URL('manifest.json', FOLDER), 'utf8');
  return (JSON.parse(text) as { files: readonly Entry[] }).files;
}
