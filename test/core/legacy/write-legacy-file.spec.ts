import { Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { writeLegacyFile } from '../../../lib/core/legacy/write-legacy-file.js';
import { inPiecesOf } from '../container/stored.js';
import { settle } from '../floe/drive.js';
import { pattern } from '../floe/pattern.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { contentOf, LEAVE, TOKEN, WatchedSource } from './reading.js';

const SIZES = [0, 15, 16, 17, 65_536, 200_001];

const options = (size: number) => ({ ...LEAVE, token: TOKEN, size });

/** Content as a stored file, from a source in pieces. */
function written(content: Buffer, pieces: number): Promise<Buffer> {
  const source = inPiecesOf(pieces)(content);
  return buffer(writeLegacyFile(source, options(content.length)));
}

describe('a file for Flask-Encryptor', () => {
  it.each(SIZES)('of %s bytes is read back', async (size) => {
    const content = pattern(size);
    for (const pieces of [7, 16, 64 * 1024, 1024 * 1024]) {
      const stored = await written(content, pieces);
      expect(stored).toHaveLength(24 + 16 * Math.ceil(size / 16));
      expect(stored.readBigUInt64LE(0)).toBe(BigInt(size));
      expect((await contentOf(stored)).equals(content)).toBe(true);
      // With any chunk size that the old application may have.
      const reading = { chunkSize: 1000 };
      expect((await contentOf(stored, reading)).equals(content)).toBe(true);
    }
  });

  it('is filled with spaces', async () => {
    const stored = await written(Buffer.from('a'), 1);
    stored.writeBigUInt64LE(16n);
    expect(String(await contentOf(stored))).toBe(`a${' '.repeat(15)}`);
  });

  it('has an IV of its own', async () => {
    const files = await Promise.all(
      Array.from({ length: 20 }, () => written(pattern(32), 32)),
    );
    const ivs = files.map((stored) => stored.toString('hex', 8, 24));
    expect(new Set(ivs).size).toBe(20);
  });

  it('comes in no empty buffers', async () => {
    const source = inPiecesOf(3)(pattern(100));
    const lengths: number[] = [];
    for await (const chunk of writeLegacyFile(source, options(100))) {
      lengths.push(chunk.length);
    }
    expect(lengths).not.toContain(0);
    expect(lengths.length).toBeGreaterThan(5);
  });
});

describe('the source of a file to be written', () => {
  it.each([
    ['fewer', 15, 16],
    ['fewer', 0, 1],
    ['more', 17, 16],
    ['more', 1, 0],
    ['more', 200, 100],
  ])('is refused with %s bytes: %s for %s', async (met, length, size) => {
    for (const pieces of [1, 1000]) {
      const source = inPiecesOf(pieces)(pattern(length));
      const file = writeLegacyFile(source, options(size));
      const error = await rejectionOf(buffer(file));
      expect(error).toBeInstanceOf(FormatError);
      expect(error).toHaveProperty('message', expect.stringContaining(met));
    }
  });

  it('leaves no whole file where it has another size', async () => {
    for (const [length, size] of [
      [15, 16],
      [17, 16],
      [32, 16],
    ] as const) {
      let released = 0;
      try {
        const source = inPiecesOf(1)(pattern(length));
        for await (const chunk of writeLegacyFile(source, options(size))) {
          released += chunk.length;
        }
      } catch {
        // That it throws is told above.
      }
      expect(released).toBeLessThan(24 + 16);
    }
  });

  it('is closed when the consumer goes away at the header', async () => {
    const source = new WatchedSource([pattern(10), pattern(10)]);
    for await (const chunk of writeLegacyFile(source, options(20))) {
      expect(chunk).toHaveLength(24);
      break;
    }
    expect(source.state).toBe('closed');
  });

  it('is closed when the target fails', async () => {
    const source = new WatchedSource([pattern(10), pattern(10)]);
    const failure = new Error('the disk is full');
    const target = new Writable({
      write: (_chunk, _encoding, done) => done(failure),
    });
    const file = writeLegacyFile(source, options(20));
    expect(await rejectionOf(pipeline(file, target))).toBe(failure);
    await settle();
    expect(source.state).toBe('closed');
  });

  it('is closed when it has more bytes than announced', async () => {
    const source = new WatchedSource([pattern(10), pattern(10), pattern(10)]);
    const file = writeLegacyFile(source, options(15));
    expect(await rejectionOf(buffer(file))).toBeInstanceOf(FormatError);
    expect(source).toMatchObject({ given: 20, state: 'closed' });
  });

  it('tells its own failure', async () => {
    const failure = new Error('no such disk');
    const source = new Readable({
      read() {
        this.destroy(failure);
      },
    });
    const file = writeLegacyFile(source, options(15));
    expect(await rejectionOf(buffer(file))).toBe(failure);
  });

  it('gives bytes, not text', async () => {
    const source = Readable.from(['\u00e9']);
    const file = writeLegacyFile(source, options(1));
    expect(await rejectionOf(buffer(file))).toBeInstanceOf(TypeError);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53, '1', 1n, undefined])(
    'cannot have a size of %s',
    (size) => {
      const source = new WatchedSource([pattern(1)]);
      const wrong = options(size as number);
      const error = thrownBy(() => writeLegacyFile(source, wrong));
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toHaveProperty('message', expect.stringMatching(/^size/));
      expect(source.state).toBe('untouched');
    },
  );
});
