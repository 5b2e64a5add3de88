import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { readLegacyFile } from '../../../lib/core/legacy/read-legacy-file.js';
import { pattern } from '../floe/pattern.js';
import { rejectionOf } from '../thrown.js';
import {
  claiming,
  header,
  LEAVE,
  outcomeOf,
  storedInChunks,
  TOKEN,
  WatchedSource,
} from './reading.js';

const CONTENT = pattern(100);
const STORED = storedInChunks(CONTENT);
const OPTIONS = { ...LEAVE, token: TOKEN, length: STORED.length };

/** The stored file in two chunks, the first of which ends in its body. */
const halves = () => [STORED.subarray(0, 56), STORED.subarray(56)];

describe('the source of a file', () => {
  it('is read as far as the header, before anything is asked for', async () => {
    const chunks = [0, 10, 24, 40].map((at, i, all) =>
      STORED.subarray(at, all[i + 1]),
    );
    const source = new WatchedSource(chunks);
    const { size } = await readLegacyFile(source, OPTIONS);
    expect(size).toBe(100);
    expect(source).toMatchObject({ given: 24, state: 'open' });
  });

  it('is closed when it was read to its end', async () => {
    const source = new WatchedSource(halves());
    const { content } = await readLegacyFile(source, OPTIONS);
    for await (const chunk of content) expect(chunk).not.toHaveLength(0);
    expect(source).toMatchObject({ given: STORED.length, state: 'closed' });
  });

  it('is closed when the consumer goes away', async () => {
    const source = new WatchedSource(halves());
    const { content } = await readLegacyFile(source, OPTIONS);
    for await (const chunk of content) {
      expect(chunk).toEqual(CONTENT.subarray(0, 32));
      break;
    }
    expect(source).toMatchObject({ given: 56, state: 'closed' });
  });

  it('is closed when the consumer goes away before the first byte', async () => {
    const source = new WatchedSource(halves());
    const { content } = await readLegacyFile(source, OPTIONS);
    await content.return();
    expect(source).toMatchObject({ given: 56, state: 'closed' });
    expect(await content.next()).toEqual({ done: true, value: undefined });
  });

  it.each([
    ['too short', STORED.subarray(0, 23)],
    ['empty', Buffer.alloc(0)],
    ['of an impossible size', claiming(STORED, 2n ** 63n)],
    ['of a size that does not fit', claiming(STORED, 10_000)],
  ])('is closed when its header is refused: %s', async (_what, bytes) => {
    const source = new WatchedSource([bytes, Buffer.alloc(0)]);
    const error = await rejectionOf(readLegacyFile(source, OPTIONS));
    expect(error).toBeInstanceOf(FormatError);
    expect(source.state).toBe('closed');
  });

  it('is closed when its content is refused', async () => {
    const source = new WatchedSource(halves());
    const options = { ...OPTIONS, token: 'another' };
    const { content } = await readLegacyFile(source, options);
    const error = await rejectionOf(drained(content));
    expect(error).toBeInstanceOf(FormatError);
    expect(source.state).toBe('closed');
  });

  it('tells its own failure, in the header as in the content', async () => {
    const failure = new Error('no such disk');
    const inHeader = failing(failure, STORED.subarray(0, 20));
    expect(await rejectionOf(readLegacyFile(inHeader, OPTIONS))).toBe(failure);
    const later = failing(failure, STORED.subarray(0, 56));
    const { content } = await readLegacyFile(later, OPTIONS);
    expect((await content.next()).value).toEqual(CONTENT.subarray(0, 32));
    expect(await rejectionOf(content.next())).toBe(failure);
  });

  it('is not asked to close when it has failed or ended itself', async () => {
    const asked: string[] = [];
    const source = (next: () => Promise<IteratorResult<Uint8Array>>) => ({
      [Symbol.asyncIterator]: () => ({
        next,
        return: () => {
          asked.push('return');
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    });
    const failure = new Error('gone');
    const failed = source(() => Promise.reject(failure));
    expect(await rejectionOf(readLegacyFile(failed, OPTIONS))).toBe(failure);
    const rest = halves();
    const ended = source(() => {
      const value = rest.shift();
      return Promise.resolve(
        value ? { value } : { done: true, value: undefined },
      );
    });
    await drained((await readLegacyFile(ended, OPTIONS)).content);
    expect(asked).toEqual([]);
  });
});

describe('a file', () => {
  it.each([
    ['longer', Buffer.concat([STORED, Buffer.alloc(16)])],
    ['shorter by a block', STORED.subarray(0, -16)],
    ['shorter by a byte', STORED.subarray(0, -1)],
    ['nothing but its header', STORED.subarray(0, 24)],
  ])('that is %s than it was said to be is refused', async (_what, bytes) => {
    const { size, error } = await outcomeOf(bytes, { length: STORED.length });
    expect(size).toBe(100);
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toHaveProperty('message', expect.stringMatching(/longer or/));
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53, '100', undefined])(
    'cannot have a length of %s',
    async (length) => {
      const source = new WatchedSource([STORED]);
      const options = { ...OPTIONS, length: length as number };
      const error = await rejectionOf(readLegacyFile(source, options));
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toHaveProperty('message', expect.stringMatching(/^length/));
      expect(source.state).toBe('untouched');
    },
  );

  it.each([0, 8, 23])('of %s bytes is none', async (length) => {
    const { error } = await outcomeOf(STORED.subarray(0, length));
    expect(error).toBeInstanceOf(FormatError);
    const { error: said } = await outcomeOf(STORED, { length });
    expect(said).toBeInstanceOf(FormatError);
  });

  it.each([
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 63n,
    2n ** 64n - 1n,
  ])(
    'that claims %s bytes is refused, with any length and chunk size',
    async (size) => {
      const claim = header(size);
      for (const length of [24, 40, Number.MAX_SAFE_INTEGER]) {
        for (const chunkSize of [undefined, 1, 1000, 2 ** 53 - 1]) {
          const reading = { length, chunkSize };
          const { size: told, error } = await outcomeOf(claim, reading);
          expect(error).toBeInstanceOf(FormatError);
          expect(told).toBeUndefined();
        }
      }
    },
  );

  it('releases no byte behind the size that it claims', async () => {
    for (const size of [0, 1, 15, 16, 17, 99, 100]) {
      const stored = storedInChunks(pattern(size));
      for (const pieces of [1, 17, 1000]) {
        const { output, error } = await outcomeOf(stored, { pieces });
        expect(error).toBeUndefined();
        expect(output).toEqual(pattern(size));
        // Even where what stands behind it is refused.
        const longer = Buffer.concat([stored, Buffer.alloc(160)]);
        const lengthOnly = { pieces, length: stored.length };
        expect(
          (await outcomeOf(longer, lengthOnly)).output.length,
        ).toBeLessThanOrEqual(size);
        const wrong = { pieces, token: 'another' };
        expect((await outcomeOf(stored, wrong)).output).toHaveLength(size);
      }
    }
  });
});

/** A source that gives one chunk and fails. */
function failing(failure: Error, chunk: Buffer): WatchedSource {
  return new WatchedSource(
    (function* chunks() {
      yield chunk;
      throw failure;
    })(),
  );
}

async function drained(content: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of content) bytes += chunk.length;
  return bytes;
}
