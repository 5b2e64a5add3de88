import { Readable } from 'node:stream';
import type { Delivery } from './delivery.js';
import type { EncryptedFile } from './encrypted-file.js';
import { streamOf } from './file-content.js';

/** A file up to this size needs no temporary file. */
const HELD_BYTES = 256 * 1024;

/**
 * Prepares the bytes of an answer. What can be known to be wrong before the
 * first byte leaves is known when the promise settles: all of it, or with
 * `stream` the first segments.
 *
 * @param signal - aborted when nobody waits for the answer any more.
 * @returns the bytes; destroying the stream gives everything back.
 */
export async function deliver(
  file: EncryptedFile,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<Readable> {
  if (delivery === 'temp-file') {
    return file.size <= HELD_BYTES
      ? held(file, signal)
      : fromTemporaryFile(file, signal);
  }
  if (delivery === 'verify') await file.content.verify(signal);
  return begun(file, signal);
}

/** Verifies all of a small file in memory, which is what a stream would hold. */
async function held(
  { content }: EncryptedFile,
  signal: AbortSignal,
): Promise<Readable> {
  const batches: Buffer[] = [];
  for await (const batch of content.batches({ signal })) batches.push(batch);
  return Readable.from(batches, { objectMode: false });
}

async function fromTemporaryFile(
  { content, temporary }: EncryptedFile,
  signal: AbortSignal,
): Promise<Readable> {
  const file = await temporary.createAnonymous();
  try {
    await content.writeTo((batch) => file.write(batch), signal);
    return file.createReadStream();
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Decrypts to the answer; the first batch is there before the headers go. */
async function begun(
  { content }: EncryptedFile,
  signal: AbortSignal,
): Promise<Readable> {
  const batches = content.batches({ signal });
  const first = await batches.next();
  const stream = streamOf(resumed(first, batches));
  // A stream that is destroyed before anybody has read from it never runs the
  // generator around `batches`, so nothing there could give the container back.
  stream.once('close', () => void batches.return().catch(() => undefined));
  return stream;
}

async function* resumed(
  first: IteratorResult<Buffer, void>,
  rest: AsyncGenerator<Buffer, void>,
): AsyncGenerator<Buffer, void> {
  if (first.done !== true) yield first.value;
  yield* rest;
}
