import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import {
  legacyBodyLength,
  legacyLayout,
} from '../../../lib/core/legacy/legacy-geometry.js';
import { thrownBy } from '../thrown.js';

const MAX = Number.MAX_SAFE_INTEGER;

const CHUNK_SIZES = [1, 15, 16, 17, 100, 1000, 65_536, 2 ** 31 + 1, MAX];

const SIZES = [0, 1, 15, 16, 17, 999, 1000, 1001, 200_001, 2 ** 32 + 1].concat([
  2 ** 40,
  2 ** 49 - 1,
  2 ** 52 + 1,
  MAX - 40,
  MAX - 17,
  MAX,
]);

describe.each(CHUNK_SIZES)('a body in chunks of %s', (chunkSize) => {
  it('has the length that its content needs', () => {
    const lengths = SIZES.map((size) => legacyBodyLength(size, chunkSize));
    const exact = SIZES.map((size) => exactBodyLength(size, chunkSize));
    expect(lengths.map(upToMax)).toEqual(exact.map(upToMax));
  });

  it('is known by its length', () => {
    for (const size of SIZES) {
      const length = legacyBodyLength(size, chunkSize);
      const { run, stride } = legacyLayout(size, length, chunkSize);
      expect(run).toBe(chunkSize % 16 === 0 ? size : chunkSize);
      expect(stride).toBe(legacyBodyLength(run));
    }
  });

  it('is refused with another length', () => {
    for (const size of SIZES) {
      const fitting = [
        legacyBodyLength(size, chunkSize),
        legacyBodyLength(size),
      ];
      const others = [-24, -16, 0, 16, 2 ** 40, MAX - 24]
        .concat(fitting.flatMap((length) => [length - 16, length + 16]))
        .filter((length) => !fitting.includes(length));
      for (const length of others) {
        const error = thrownBy(() => legacyLayout(size, length, chunkSize));
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});

/** The same in whole numbers of any length. */
function exactBodyLength(size: number, chunkSize: number): bigint {
  const [all, chunk] = [BigInt(size), BigInt(chunkSize)];
  return (all / chunk) * filled(chunk) + filled(all % chunk);
}

function filled(length: bigint): bigint {
  return ((length + 15n) / 16n) * 16n;
}

/** No file can be said to be longer: those are mistaken for no shorter one. */
function upToMax(length: number | bigint): number | 'too long' {
  return length > MAX ? 'too long' : Number(length);
}
