import { createCipheriv, createHash } from 'node:crypto';
import {
  readLegacyFile,
  type ReadLegacyOptions,
} from '../../../lib/core/legacy/read-legacy-file.js';
import { inPiecesOf } from '../container/stored.js';

/** A token as Flask-Encryptor makes them. */
export const TOKEN = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';

/** What every call needs. */
export const LEAVE = { allowUnauthenticated: true } as const;

/** How a file is read in a test; the length is its own when absent. */
export interface Reading {
  readonly token?: string;
  readonly chunkSize?: number | undefined;
  readonly length?: number;
  /** Bytes of a chunk of the source. */
  readonly pieces?: number;
}

/** What came of it. */
export interface Outcome {
  readonly authenticated: boolean | undefined;
  /** As the reader told it; undefined if it refused the header. */
  readonly size: number | undefined;
  /** All that was released, until the end or the error. */
  readonly output: Buffer;
  /** Why it did not end; undefined if it did. */
  readonly error: unknown;
}

/** Reads a stored file, and keeps what comes out. */
export async function outcomeOf(
  stored: Buffer,
  reading: Reading = {},
): Promise<Outcome> {
  const released: Buffer[] = [];
  let opened: { authenticated?: boolean; size?: number } = {};
  let error: unknown;
  try {
    const source = inPiecesOf(reading.pieces ?? 64 * 1024)(stored);
    const file = await readLegacyFile(source, optionsFor(stored, reading));
    opened = file;
    for await (const chunk of file.content) released.push(chunk);
  } catch (thrown) {
    error = thrown;
  }
  return {
    authenticated: opened.authenticated,
    size: opened.size,
    output: Buffer.concat(released),
    error,
  };
}

/** The content of a file that must not be refused. */
export async function contentOf(
  stored: Buffer,
  reading?: Reading,
): Promise<Buffer> {
  const { output, error } = await outcomeOf(stored, reading);
  if (error) throw error;
  return output;
}

/**
 * A file as Flask-Encryptor writes it: each chunk filled on its own, under an IV
 * of zeros.
 */
export function storedInChunks(
  content: Buffer,
  { chunkSize = 64 * 1024, token = TOKEN } = {},
): Buffer {
  const key = createHash('sha256').update(token).digest();
  const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16));
  cipher.setAutoPadding(false);
  const parts: Buffer[] = [header(content.length)];
  for (let at = 0; at < content.length; at += chunkSize) {
    const chunk = content.subarray(at, at + chunkSize);
    const filling = Buffer.alloc(-chunk.length & 15, ' ');
    parts.push(cipher.update(chunk), cipher.update(filling));
  }
  return Buffer.concat(parts);
}

/** A header that claims a size, with an IV of zeros. */
export function header(size: number | bigint): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeBigUInt64LE(BigInt(size));
  return bytes;
}

/** A copy of a stored file whose header claims another size. */
export function claiming(stored: Buffer, size: number | bigint): Buffer {
  return Buffer.concat([header(size).subarray(0, 8), stored.subarray(8)]);
}

/** A source that knows what was done with it. */
export class WatchedSource implements AsyncIterable<Uint8Array> {
  /** Bytes that it has given. */
  given = 0;
  state: 'untouched' | 'open' | 'closed' = 'untouched';
  readonly #chunks: Iterable<Uint8Array>;

  /** @param chunks - one that throws is a source that fails. */
  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    this.state = 'open';
    try {
      for (const chunk of this.#chunks) {
        this.given += chunk.length;
        yield chunk;
      }
    } finally {
      this.state = 'closed';
    }
  }
}

function optionsFor(stored: Buffer, reading: Reading): ReadLegacyOptions {
  return {
    ...LEAVE,
    token: reading.token ?? TOKEN,
    length: reading.length ?? stored.length,
    chunkSize: reading.chunkSize,
  };
}
