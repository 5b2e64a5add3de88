import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  containerSize,
  plaintextSize,
  segmentCount,
  segmentOffset,
  segmentsOfRange,
} from '../../../lib/core/floe/geometry.js';

/** The usual chunk size. */
const C = 65_536;
/** Bytes of a segment before its ciphertext: length(4) ‖ nonce(12). */
const BEFORE = 16;

const CHUNK_SIZES = [16, 17, 1000, 64 * 1024, 2 ** 24 - 1, 2 ** 24];

const sizesAround = (chunkSize: number): number[] => [
  0,
  1,
  chunkSize - 1,
  chunkSize,
  chunkSize + 1,
  2 * chunkSize - 1,
  2 * chunkSize,
  2 * chunkSize + 1,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 40,
];

/** The same in integers that do not round. */
function exactSize(size: number, chunkSize: number): bigint {
  const whole = (BigInt(size) + BigInt(chunkSize) - 1n) / BigInt(chunkSize);
  return 74n + BigInt(size) + 32n * (whole > 0n ? whole : 1n);
}

const anyChunkSize = fc.integer({ min: 16, max: 2 ** 24 });

/** A size that has a container, with chunks of a size that has headers. */
const fitting = anyChunkSize.chain((chunkSize) =>
  fc.record({
    chunkSize: fc.constant(chunkSize),
    // With chunks of 16 bytes a container is three times as long as its content.
    size: fc.integer({ min: 0, max: Math.min(2 ** 51, chunkSize * 2 ** 40) }),
  }),
);

// D-12
describe('the size of a container', () => {
  it.each([
    [0, 65_536, 106],
    [1, 65_536, 107],
    [65_536, 65_536, 65_642],
    [65_537, 65_536, 65_675],
    [131_072, 65_536, 131_210],
    [55, 16, 257],
    [2 ** 31 - 1, 65_536, 2_148_532_297],
    [2 ** 32 - 1, 65_536, 4_297_064_521],
    [2 ** 32, 65_536, 4_297_064_522],
    [2 ** 32 + 1, 65_536, 4_297_064_555],
    [2 ** 40, 65_536, 1_100_048_498_762],
    [2 ** 44, 16, 52_776_558_133_322],
  ])('of %d bytes in chunks of %d is %d', (size, chunkSize, total) => {
    expect(containerSize(size, chunkSize)).toBe(total);
    expect(plaintextSize(total, chunkSize)).toBe(size);
  });

  it.each(CHUNK_SIZES)('is exact around chunks of %d bytes', (chunkSize) => {
    for (const size of sizesAround(chunkSize)) {
      const total = containerSize(size, chunkSize);
      expect(BigInt(total)).toBe(exactSize(size, chunkSize));
      expect(plaintextSize(total, chunkSize)).toBe(size);
    }
  });

  it('is exact, and gives the size back, wherever it exists', () => {
    fc.assert(
      fc.property(fitting, ({ size, chunkSize }) => {
        const total = containerSize(size, chunkSize);
        expect(BigInt(total)).toBe(exactSize(size, chunkSize));
        expect(plaintextSize(total, chunkSize)).toBe(size);
      }),
      { numRuns: 2000 },
    );
  });

  it('does not exist beyond 2^40 segments', () => {
    expect(() => containerSize(2 ** 44 + 1, 16)).toThrow(RangeError);
  });

  it('does not exist beyond safe integers', () => {
    // The longest plaintext whose container still fits: 536,869,889 segments.
    const longest = Number.MAX_SAFE_INTEGER - 74 - 32 * 536_869_889;
    expect(containerSize(longest, 2 ** 24)).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => containerSize(longest + 1, 2 ** 24)).toThrow(RangeError);
    for (const size of [2 ** 53 - 1, 2 ** 53, 2 ** 60, Infinity]) {
      expect(() => containerSize(size, 2 ** 24)).toThrow(RangeError);
    }
  });

  it.each([-1, 0.5, Number.NaN])('does not exist for %d bytes', (size) => {
    expect(() => containerSize(size, 16)).toThrow(RangeError);
  });
});

describe('the size of a plaintext', () => {
  it('exists for the lengths of containers and for no other', () => {
    for (const chunkSize of [16, 17, 40]) {
      const sizes = new Map<number, number>();
      for (let size = 0; size <= 400; size += 1) {
        sizes.set(containerSize(size, chunkSize), size);
      }
      for (let total = 0; total <= 474; total += 1) {
        expect(plaintextSize(total, chunkSize)).toBe(sizes.get(total));
      }
    }
  });

  it('does not exist for a full segment with an empty one behind it', () => {
    expect(plaintextSize(74 + 48 + 32, 16)).toBeUndefined();
    expect(plaintextSize(74 + 48 + 33, 16)).toBe(17);
  });

  it('does not exist beyond 2^40 segments', () => {
    const longest = 74 + 2 ** 40 * 48;
    expect(plaintextSize(longest, 16)).toBe(2 ** 44);
    expect(plaintextSize(longest + 33, 16)).toBeUndefined();
  });

  it.each([-1, 106.5, Number.NaN, Infinity, 2 ** 53, 2 ** 60])(
    'does not exist for a container of %d bytes',
    (total) => {
      expect(plaintextSize(total, 65_536)).toBeUndefined();
    },
  );
});

describe('a segment', () => {
  it('is one even for an empty plaintext, and begins after the header', () => {
    expect(segmentCount(0, 16)).toBe(1);
    expect(segmentOffset(0, 16)).toBe(74);
  });

  it('begins where the container of the bytes before it ends', () => {
    fc.assert(
      fc.property(
        anyChunkSize,
        fc.integer({ min: 1, max: 2 ** 28 }),
        (chunkSize, index) => {
          expect(segmentCount(index * chunkSize, chunkSize)).toBe(index);
          expect(segmentOffset(index, chunkSize)).toBe(
            containerSize(index * chunkSize, chunkSize),
          );
        },
      ),
      {
        examples: [
          [65_536, 65_536],
          [16, 2 ** 28],
          [2 ** 24, 256],
        ],
      },
    );
  });

  it('lies where it should beyond 2^32 segments', () => {
    expect(segmentOffset(2 ** 32 + 1, 16)).toBe(206_158_430_330);
    expect(segmentOffset(2 ** 40 - 1, 16)).toBe(52_776_558_133_274);
  });
});

// D-12
describe('a byte of the plaintext', () => {
  it.each([
    [2 ** 31 - 1, 32_767, 2_148_532_281],
    [2 ** 31, 32_768, 2_148_532_314],
    [2 ** 32 - 1, 65_535, 4_297_064_505],
    [2 ** 32, 65_536, 4_297_064_538],
    [2 ** 32 + 1, 65_536, 4_297_064_539],
    [2 ** 40, 16_777_216, 1_100_048_498_778],
  ])('at %d lies in segment %d, at %d', (offset, index, place) => {
    const range = { start: offset, end: offset + 1 };
    expect(segmentsOfRange(range, C)).toEqual({ first: index, last: index });
    const start = segmentOffset(index, C);
    expect(start + BEFORE + (offset - index * C)).toBe(place);
    // The same in integers that do not round.
    const whole = BigInt(offset) / BigInt(C);
    const exact = 74n + whole * (BigInt(C) + 32n) + 16n;
    expect(BigInt(place)).toBe(exact + (BigInt(offset) % BigInt(C)));
    // And back, by the length of what is before it.
    expect(plaintextSize(place - BEFORE + 33, C)).toBe(offset + 1);
  });
});

describe('the segments of a range', () => {
  it.each([
    [0, 1, 0, 0],
    [0, 16, 0, 0],
    [0, 17, 0, 1],
    [15, 16, 0, 0],
    [15, 17, 0, 1],
    [16, 17, 1, 1],
    [16, 32, 1, 1],
    [31, 33, 1, 2],
    [0, 0, 0, 0],
    [16, 16, 1, 1],
    [20, 20, 1, 1],
    [2 ** 31 - 1, 2 ** 31, 134_217_727, 134_217_727],
    [2 ** 32 - 1, 2 ** 32 + 1, 268_435_455, 268_435_456],
    [2 ** 32, 2 ** 32 + 1, 268_435_456, 268_435_456],
    [2 ** 40 - 16, 2 ** 40, 68_719_476_735, 68_719_476_735],
  ])('from %d to %d are %d to %d', (start, end, first, last) => {
    expect(segmentsOfRange({ start, end }, 16)).toEqual({ first, last });
  });

  it('are those of its first and its last byte', () => {
    const place = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1 });
    fc.assert(
      fc.property(place, place, anyChunkSize, (one, other, chunkSize) => {
        const start = Math.min(one, other);
        const end = Math.max(one, other) + 1;
        const { first, last } = segmentsOfRange({ start, end }, chunkSize);
        expect(BigInt(first)).toBe(BigInt(start) / BigInt(chunkSize));
        expect(BigInt(last)).toBe(BigInt(end - 1) / BigInt(chunkSize));
      }),
      { numRuns: 2000 },
    );
  });
});
