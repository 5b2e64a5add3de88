import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { SecretKey } from 'nestjs-file-encryptor';
import { containerSize } from '../../lib/core/floe/geometry.js';
import { useCaseApp } from './case-app.js';

const MEBI = 1024 * 1024;
const SIZE = Math.round(4.1 * 1024 * MEBI);
const MAX_GROWTH = 100_000_000;

const isAsked = Boolean(process.env['TEST_LARGE']);
const large = { tags: ['large' as const] };

// D-12
describe.skipIf(!isAsked)('a stream of 4.1 GiB', large, () => {
  const app = useCaseApp({});

  it('comes out of encryption and decryption as it went in, in little memory', async () => {
    const { encryption } = app.running;
    // What the process takes for a stream of any size is not its growth.
    await passThrough(encryption, 64 * MEBI);
    const start = process.memoryUsage.rss();
    const { before, after, sealed, opened, most } = await passThrough(
      encryption,
      SIZE,
    );
    expect(opened).toBe(SIZE);
    expect(sealed).toBe(containerSize(SIZE, 64 * 1024));
    expect(after).toBe(before);
    expect(most - start).toBeLessThan(MAX_GROWTH);
  }, 600_000);
});

/** Encrypts and decrypts so many bytes. */
async function passThrough(
  encryption: ReturnType<typeof useCaseApp>['running']['encryption'],
  size: number,
) {
  const key = SecretKey.random();
  const [before, after] = [createHash('sha256'), createHash('sha256')];
  let [sealed, opened, most] = [0, 0, 0];
  await pipeline(
    Readable.from(pieces(size, (piece) => before.update(piece))),
    encryption.createEncryptStream(key),
    async function* count(message: AsyncIterable<Buffer>) {
      for await (const chunk of message) {
        sealed += chunk.length;
        yield chunk;
      }
    },
    encryption.createDecryptStream(key),
    async (plaintext: AsyncIterable<Buffer>) => {
      for await (const chunk of plaintext) {
        after.update(chunk);
        opened += chunk.length;
        most = Math.max(most, process.memoryUsage.rss());
      }
    },
  );
  const [sent, came] = [before, after].map((hash) => hash.digest('hex'));
  return { before: sent, after: came, sealed, opened, most };
}

/** Each block differs from the others, so that an exchange is seen. */
function* pieces(
  size: number,
  note: (piece: Buffer) => void,
): Generator<Buffer, void> {
  for (let at = 0; at < size; at += MEBI) {
    const piece = Buffer.alloc(Math.min(MEBI, size - at), 7);
    for (let block = 0; block + 8 <= piece.length; block += 4096) {
      piece.writeDoubleBE(at + block, block);
    }
    note(piece);
    yield piece;
  }
}
