import { Readable } from 'node:stream';
import type { ByteRange } from '../core/floe/geometry.js';
import { streamOf } from './content.js';
import type { Delivery } from './delivery.js';
import type { EncryptedFile } from './encrypted-file.js';
import type { TemporaryFile } from './temporary-file.js';

/** What of a file leaves, and until when. */
export interface Answer {
  readonly range: ByteRange;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** An answer up to this size needs no temporary file. */
const HELD_BYTES = 256 * 1024;

/**
 * Prepares the bytes of an answer. What can be known to be wrong before the
 * first byte leaves is known when the promise settles: all of it, or with
 * `stream` the first segments.
 *
 * Where there is no room for a temporary file, `temp-file` is done as `verify`, so
 * that nobody waits for those who read slowly. The promise is the same but for
 * one thing: a container that is removed or damaged between the two passes breaks
 * the answer off, while a temporary file has all that it takes.
 *
 * @returns the bytes; destroying the stream gives everything back.
 */
export async function deliver(
  file: EncryptedFile,
  delivery: Delivery,
  answer: Answer,
): Promise<Readable> {
  if (delivery === 'temp-file') {
    const length = answer.range.end - answer.range.start;
    if (length <= HELD_BYTES) return held(file, answer);
    const temporary = await file.temporary.createAnonymous(length);
    if (temporary) return fromTemporaryFile(file, temporary, answer);
  }
  if (delivery !== 'stream') await file.content.verify(answer);
  return begun(file, answer);
}

/** Verifies a small answer in memory, which is what a stream would hold. */
async function held(
  { content }: EncryptedFile,
  answer: Answer,
): Promise<Readable> {
  const batches: Buffer[] = [];
  for await (const batch of content.batches(answer)) batches.push(batch);
  return Readable.from(batches, { objectMode: false });
}

async function fromTemporaryFile(
  { content }: EncryptedFile,
  temporary: TemporaryFile,
  answer: Answer,
): Promise<Readable> {
  try {
    await content.writeTo((batch) => temporary.write(batch), answer);
    return temporary.createReadStream();
  } catch (error) {
    await temporary.close();
    throw error;
  }
}

/** Decrypts to the answer; the first batch is there before the headers go. */
async function begun(
  { content }: EncryptedFile,
  answer: Answer,
): Promise<Readable> {
  const batches = content.batches(answer);
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
