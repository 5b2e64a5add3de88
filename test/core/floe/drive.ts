import { type Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a stream did with its input. */
export interface Outcome {
  /** All bytes that it released, until its end or its error. */
  readonly output: Buffer;
  /** Why it did not end; undefined if it did. */
  readonly error: unknown;
}

/** Writes the chunks to a stream, ends it, and keeps what comes out. */
export async function drive(
  stream: Duplex,
  chunks: Iterable<Uint8Array>,
): Promise<Outcome> {
  const released: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      released.push(chunk);
      done();
    },
  });
  let error: unknown;
  try {
    await pipeline(Readable.from(chunks), stream, sink);
  } catch (thrown) {
    error = thrown;
  }
  return { output: Buffer.concat(released), error };
}

/** The output of a stream that must not fail. */
export async function outputOf(
  stream: Duplex,
  ...chunks: readonly Uint8Array[]
): Promise<Buffer> {
  const { output, error } = await drive(stream, chunks);
  if (error) throw error;
  return output;
}

/** Cuts bytes into chunks of one length; the last may be shorter. */
export function* chunksOf(
  bytes: Buffer,
  length: number,
): Generator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += length) {
    yield bytes.subarray(at, at + length);
  }
}

/** Lets everything happen that a stream can do without its reader. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
