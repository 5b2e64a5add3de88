import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEncryptStream } from '../../../lib/core/floe/encrypt-stream.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { rejectionOf } from '../thrown.js';
import { chunksOf, drive, outputOf, settle } from './drive.js';
import * as twin from './floe-twin.js';
import { pattern } from './pattern.js';

const keyBytes = randomBytes(32);
const key = SecretKey.from(keyBytes);
const aad = Buffer.from('bound to this');
const EMPTY = Buffer.alloc(0);

const read = (message: Buffer) => twin.decrypt(keyBytes, aad, message);

/** The first four bytes of each segment. */
function lengthsIn(message: Buffer, chunkSize: number): number[] {
  const lengths: number[] = [];
  for (let at = 74; at < message.length; at += chunkSize + 32) {
    lengths.push(message.readUInt32BE(at));
  }
  return lengths;
}

describe.each([16, 1000, 65_536])('a message in chunks of %d', (C) => {
  it.each([0, 1, C - 1, C, C + 1, 2 * C - 1, 2 * C, 2 * C + 1])(
    'holds %d bytes in as many as it must have',
    async (size) => {
      const plaintext = pattern(size);
      const stream = createEncryptStream(key, { aad, chunkSize: C });
      const message = await outputOf(stream, plaintext);
      const segments = Math.max(1, Math.ceil(size / C));
      expect(message).toHaveLength(74 + size + 32 * segments);
      const last = size - (segments - 1) * C;
      expect(lengthsIn(message, C)).toEqual([
        ...Array.from({ length: segments - 1 }, () => 0xffffffff),
        last + 32,
      ]);
      expect(read(message).equals(plaintext)).toBe(true);
    },
  );
});

describe('the encrypt stream', () => {
  it('makes chunks of 64 KiB, bound to nothing, when nothing is asked', async () => {
    const message = await outputOf(createEncryptStream(key), pattern(70_000));
    expect(message.readUInt32BE(2)).toBe(65_568);
    expect(message).toHaveLength(74 + 70_000 + 64);
    const opened = twin.decrypt(keyBytes, EMPTY, message);
    expect(opened.equals(pattern(70_000))).toBe(true);
  });

  it.each([1, 7, 15, 16, 17, 33, 500])(
    'does not care that it is written in pieces of %d bytes',
    async (length) => {
      const plaintext = pattern(500);
      const stream = createEncryptStream(key, { aad, chunkSize: 16 });
      const message = await outputOf(stream, ...chunksOf(plaintext, length));
      expect(message).toHaveLength(74 + 500 + 32 * 32);
      expect(read(message)).toEqual(plaintext);
    },
  );

  it('does not care how it is written, with nothing in some pieces', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 70 }), {
      maxLength: 12,
    });
    const chunkSizes = fc.integer({ min: 16, max: 64 });
    await fc.assert(
      fc.asyncProperty(pieces, chunkSizes, async (chunks, chunkSize) => {
        const stream = createEncryptStream(key, { aad, chunkSize });
        const message = await outputOf(stream, ...chunks);
        expect(read(message)).toEqual(Buffer.concat(chunks));
      }),
      { numRuns: 200 },
    );
  });

  it('takes text as UTF-8', async () => {
    const stream = createEncryptStream(key, { aad });
    stream.end('報告 é😀');
    const message = Buffer.concat((await stream.toArray()) as Buffer[]);
    expect(read(message).toString()).toBe('報告 é😀');
  });

  it('has done with a piece when it asks for the next', async () => {
    const plaintext = pattern(5000);
    async function* oneBuffer() {
      const piece = Buffer.alloc(100);
      for (let at = 0; at < plaintext.length; at += piece.length) {
        plaintext.copy(piece, 0, at);
        await new Promise((resolve) => {
          stream.write(piece, resolve);
        });
        piece.fill(0xee);
        yield at;
      }
    }
    const stream = createEncryptStream(key, { aad, chunkSize: 64 });
    const output = stream.toArray();
    for await (const at of oneBuffer()) expect(at % 100).toBe(0);
    stream.end();
    const message = Buffer.concat((await output) as Buffer[]);
    expect(read(message)).toEqual(plaintext);
  });

  it('is another message each time', async () => {
    const [one, two] = await Promise.all([
      outputOf(createEncryptStream(key), pattern(20)),
      outputOf(createEncryptStream(key), pattern(20)),
    ]);
    expect(one.subarray(10, 42)).not.toEqual(two.subarray(10, 42));
    expect(one.subarray(42)).not.toEqual(two.subarray(42));
  });

  it.each([0, 15, 16.5, 2 ** 24 + 1, Number.NaN])(
    'is not made for chunks of %d bytes',
    (chunkSize) => {
      expect(() => createEncryptStream(key, { chunkSize })).toThrow(RangeError);
    },
  );
});

describe('an encrypt stream without a reader', () => {
  it('stops within a piece, and goes on when it is read', async () => {
    const plaintext = pattern(1_000_000);
    const stream = createEncryptStream(key, { aad, chunkSize: 1000 });
    expect(stream.write(plaintext)).toBe(false);
    stream.end();
    await settle();
    const limit = stream.readableHighWaterMark + 1032;
    expect(stream.readableLength).toBeLessThanOrEqual(limit);
    const pieces: Buffer[] = [];
    for await (const piece of stream) {
      expect(stream.readableLength).toBeLessThanOrEqual(limit);
      pieces.push(piece as Buffer);
      await settle();
    }
    expect(read(Buffer.concat(pieces)).equals(plaintext)).toBe(true);
  });
});

describe('an encrypt stream with a slow reader', () => {
  // The last segment of a piece may fill the reader's buffer: the next piece
  // must be asked for all the same.
  it.each([1, 2, 3, 5])('takes %d pieces to the end', async (count) => {
    const plaintext = pattern(count * 65_536);
    const stream = createEncryptStream(key, { aad });
    const pieces: Buffer[] = [];
    const sink = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        pieces.push(chunk);
        setImmediate(done);
      },
    });
    const source = Readable.from(chunksOf(plaintext, 65_536));
    await pipeline(source, stream, sink);
    expect(read(Buffer.concat(pieces)).equals(plaintext)).toBe(true);
  });

  it.each([1, 2, 3, 5])('takes %d segments of one piece', async (count) => {
    const plaintext = pattern(count * 65_536 + 1);
    const message = await outputOf(
      createEncryptStream(key, { aad }),
      plaintext,
    );
    expect(read(message).equals(plaintext)).toBe(true);
  });
});

describe('an encrypt stream that is destroyed', () => {
  it('gives nothing more, and says why', async () => {
    const failure = new Error('The client is gone.');
    const stream = createEncryptStream(key, { chunkSize: 16 });
    const told: unknown[] = [];
    stream.on('error', (error) => told.push(error));
    stream.on('data', () => told.push('data'));
    stream.write(pattern(100));
    await settle();
    expect(told).toContain('data');
    told.length = 0;
    stream.write(pattern(100));
    stream.destroy(failure);
    told.length = 0;
    await settle();
    expect(told).toEqual([failure]);
  });

  it('in the middle of a piece leaves a message without an end', async () => {
    const stream = createEncryptStream(key, { chunkSize: 1000 });
    stream.write(pattern(1_000_000));
    await settle();
    const pieces: Buffer[] = [];
    for await (const piece of stream) {
      pieces.push(piece as Buffer);
      if (pieces.length === 3) break;
    }
    await settle();
    expect(stream.destroyed).toBe(true);
    const message = Buffer.concat(pieces);
    // A piece is what the stream has buffered: how much differs by Node's version.
    const piece = stream.readableHighWaterMark + 1032 + 74;
    expect(message.length).toBeLessThan(3 * piece);
    expect(lengthsIn(message, 1000)).not.toContain(1032);
  });

  it('by a source that fails does not end its message', async () => {
    const failure = new Error('The connection was lost.');
    async function* failing() {
      yield pattern(40);
      await settle();
      throw failure;
    }
    const stream = createEncryptStream(key, { chunkSize: 16 });
    const pieces: Buffer[] = [];
    const flowing = pipeline(Readable.from(failing()), stream, async (out) => {
      for await (const piece of out) pieces.push(piece as Buffer);
    });
    expect(await rejectionOf(flowing)).toBe(failure);
    const lengths = lengthsIn(Buffer.concat(pieces), 16);
    expect(lengths).toEqual([0xffffffff, 0xffffffff]);
  });

  it('by a sink that fails ends its source', async () => {
    const source = Readable.from(chunksOf(pattern(1_000_000), 1000));
    const failure = new Error('The disk is full.');
    const stream = createEncryptStream(key);
    const sink = new Writable({
      write: (_chunk, _encoding, done) => done(failure),
    });
    expect(await rejectionOf(pipeline(source, stream, sink))).toBe(failure);
    expect([source.destroyed, stream.destroyed]).toEqual([true, true]);
  });
});

it('what drives these streams tells an error from an end', async () => {
  const stream = createEncryptStream(key);
  // Newer versions of Node do not listen to a stream that is destroyed already.
  stream.on('error', () => undefined);
  stream.destroy(new Error('Stopped.'));
  const { error, output } = await drive(stream, [pattern(10)]);
  expect(error).toBeInstanceOf(Error);
  expect(output).toHaveLength(0);
});
