import { createCipheriv, randomBytes } from 'node:crypto';
import { isUint8Array } from 'node:util/types';
import { FormatError } from '../errors.js';
import { BLOCK, legacyBodyLength, requireBytes } from './legacy-geometry.js';
import { legacyKey } from './legacy-key.js';
import { type AllowUnauthenticated, requireLeave } from './unauthenticated.js';

/** How a file for Flask-Encryptor is written. */
export interface WriteLegacyOptions extends AllowUnauthenticated {
  /** The text of its owner's token. */
  readonly token: string;
  /** Plaintext bytes: they stand in front. */
  readonly size: number;
}

/**
 * Writes a file that Flask-Encryptor can read with any chunk size that is a
 * multiple of 16.
 *
 * @param source - `size` bytes; closed when the result ends, fails or, once it
 * has begun, is returned from.
 * @returns the stored file, in buffers that the consumer owns. Reading it
 * throws a {@link FormatError}, before its end, if the source has another size.
 * @throws ConfigurationError without `allowUnauthenticated`.
 * @throws RangeError if `size` is no number of bytes.
 * @throws TypeError, from the result, if a chunk is no Uint8Array.
 * @see LEGACY.md, "Content"
 */
export function writeLegacyFile(
  source: AsyncIterable<Uint8Array>,
  options: WriteLegacyOptions,
): AsyncGenerator<Buffer, void> {
  requireLeave(options);
  requireBytes('size', options.size);
  return encrypt(source, options);
}

async function* encrypt(
  source: AsyncIterable<Uint8Array>,
  { token, size }: WriteLegacyOptions,
): AsyncGenerator<Buffer, void> {
  const iv = randomBytes(BLOCK);
  const cipher = createCipheriv('aes-256-cbc', legacyKey(token), iv);
  cipher.setAutoPadding(false);
  let written = 0;
  // Each buffer waits for the next chunk, so that whoever has got the first one
  // has begun the source, and closes it by a return.
  let waiting = Buffer.concat([sizeField(size), iv]);
  for await (const chunk of source) {
    // A text would be counted in letters and encrypted in bytes.
    if (!isUint8Array(chunk)) throw new TypeError('A chunk is no Uint8Array.');
    written += chunk.length;
    if (written > size) throw otherSize('more', size);
    if (waiting.length > 0) yield waiting;
    waiting = cipher.update(chunk);
  }
  if (written < size) throw otherSize('fewer', size);
  const filling = Buffer.alloc(legacyBodyLength(size) - size, ' ');
  yield Buffer.concat([waiting, cipher.update(filling)]);
}

function sizeField(size: number): Buffer {
  const field = Buffer.alloc(8);
  field.writeBigUInt64LE(BigInt(size));
  return field;
}

function otherSize(met: 'more' | 'fewer', size: number): FormatError {
  return new FormatError(
    `The source has ${met} bytes than the ${size} that were announced.`,
  );
}
