import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { readLegacyFile } from '../../../lib/core/legacy/read-legacy-file.js';
import { rejectionOf } from '../thrown.js';
import {
  type FlaskEncryptorFile,
  flaskEncryptorFile,
} from './flask-encryptor-files.js';
import {
  contentOf,
  LEAVE,
  type Outcome,
  outcomeOf,
  storedInChunks,
  TOKEN,
  WatchedSource,
} from './reading.js';

/** Written with a chunk size of 1000; these are one chunk. */
const ONE_CHUNK = ['500', '1000'].map(oddFile);
/** And these have spaces in the middle. */
const CHUNKS = ['1001', '2500', '3000'].map(oddFile);

function oddFile(size: string): FlaskEncryptorFile {
  return flaskEncryptorFile(`broken-c1000-${size}`);
}

/** No byte of it is a space: 0x20 is 32. */
const spaceless = (size: number) =>
  Buffer.from(Array.from({ length: size }, (_, i) => 33 + (i % 90)));

// D-13
describe('a file whose chunks were filled one by one', () => {
  it.each([...ONE_CHUNK, ...CHUNKS])(
    'is recovered with its chunk size: $id',
    async (file) => {
      const { stored, content, token } = file;
      for (const pieces of [1, 17, 1008, 64 * 1024]) {
        const reading = { token, chunkSize: 1000, pieces };
        expect(await contentOf(stored, reading)).toEqual(content);
      }
    },
  );

  it.each(ONE_CHUNK)(
    'needs no chunk size if it is one chunk: $id',
    async ({ stored, content, token }) => {
      expect(await contentOf(stored, { token })).toEqual(content);
    },
  );

  it.each(CHUNKS)(
    'is refused at once without its chunk size: $id',
    async ({ stored, token }) => {
      for (const chunkSize of [undefined, 16, 1024]) {
        const { size, error } = await outcomeOf(stored, { token, chunkSize });
        expect(error).toBeInstanceOf(FormatError);
        expect(error).toHaveProperty(
          'message',
          expect.stringContaining('chunk size that is no multiple of 16'),
        );
        expect(size).toBeUndefined();
      }
    },
  );

  it.each(CHUNKS)(
    'is refused with another chunk size: $id',
    async ({ stored, token }) => {
      for (const chunkSize of [1, 100, 992, 999, 1001, 1007, 1009, 2000]) {
        const { error } = await outcomeOf(stored, { token, chunkSize });
        expect(error, String(chunkSize)).toBeInstanceOf(FormatError);
      }
    },
  );

  it('is refused before its end, once a filling is none', async () => {
    const stored = storedInChunks(spaceless(10_500), { chunkSize: 1000 });
    const { output, size, error } = await outcomeOf(stored, {
      chunkSize: 999,
    });
    expect(size).toBe(10_500);
    expect(error).toBeInstanceOf(FormatError);
    expect(output).toHaveLength(999);
  });

  it('is never read wrong in silence, whatever its sizes', async () => {
    const outcomes: (Outcome & { readonly content: Buffer })[] = [];
    for (let chunkSize = 1; chunkSize <= 33; chunkSize += 1) {
      for (let size = 0; size <= 70; size += 1) {
        const content = spaceless(size);
        const stored = storedInChunks(content, { chunkSize });
        expect(await contentOf(stored, { chunkSize })).toEqual(content);
        outcomes.push({ ...(await outcomeOf(stored)), content });
      }
    }
    const refused = outcomes.filter(({ error }) => error !== undefined);
    expect(refused.length).toBeGreaterThan(500);
    for (const { error } of refused) expect(error).toBeInstanceOf(FormatError);
    const accepted = outcomes.filter(({ error }) => error === undefined);
    expect(accepted.length).toBeGreaterThan(500);
    expect(accepted.map(({ output }) => output)).toEqual(
      accepted.map(({ content }) => content),
    );
  });

  // 1000 + 9 bytes fill 1008 + 16, and 1009 bytes in one piece fill as many.
  it('has lengths that fit one piece too: then its filling tells', async () => {
    for (let size = 1009; size <= 1016; size += 1) {
      const content = spaceless(size);
      const stored = storedInChunks(content, { chunkSize: 1000 });
      const { size: told, error } = await outcomeOf(stored);
      expect(told).toBe(size);
      expect(error).toBeInstanceOf(FormatError);
      expect(await contentOf(stored, { chunkSize: 1000 })).toEqual(content);
      const inOne = storedInChunks(content);
      const wrong = await outcomeOf(inOne, { chunkSize: 1000 });
      expect(wrong.error).toBeInstanceOf(FormatError);
      expect(await contentOf(inOne)).toEqual(content);
    }
  });

  it('cannot be told from one piece where its content has the spaces', async () => {
    const content = Buffer.concat([spaceless(1001), Buffer.alloc(8, ' ')]);
    const stored = storedInChunks(content, { chunkSize: 1000 });
    const { output, error, authenticated } = await outcomeOf(stored);
    expect({ error, authenticated }).toEqual({ authenticated: false });
    expect(output).toHaveLength(1009);
    expect(output).not.toEqual(content);
    expect(await contentOf(stored, { chunkSize: 1000 })).toEqual(content);
  });

  it('may lie beside files in one piece, which its chunk size fits', async () => {
    const content = spaceless(2500);
    const stored = storedInChunks(content);
    expect(await contentOf(stored, { chunkSize: 1000 })).toEqual(content);
  });
});

describe('a chunk size', () => {
  it.each([0, -1, -16, 0.5, 1000.5, Number.NaN, Infinity, 2 ** 53])(
    'of %s is refused, and the source left alone',
    async (chunkSize) => {
      const stored = storedInChunks(spaceless(100));
      const source = new WatchedSource([stored]);
      const { length } = stored;
      const options = { ...LEAVE, token: TOKEN, length, chunkSize };
      const error = await rejectionOf(readLegacyFile(source, options));
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toHaveProperty(
        'message',
        'chunkSize is a number of bytes: an integer from 1 to 9007199254740991.',
      );
      expect(source.state).toBe('untouched');
    },
  );

  it('of the wrong type is refused', async () => {
    const stored = storedInChunks(spaceless(100));
    for (const chunkSize of ['1000', null, 1000n] as unknown as number[]) {
      const { error } = await outcomeOf(stored, { chunkSize });
      expect(error).toBeInstanceOf(RangeError);
    }
  });
});
