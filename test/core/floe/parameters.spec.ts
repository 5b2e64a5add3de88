import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import {
  decodeParameters,
  encodeParameters,
  HEADER_LENGTH,
  isChunkSize,
} from '../../../lib/core/floe/parameters.js';

const BAD_CHUNK_SIZES = [
  -16,
  0,
  1,
  15,
  16.5,
  2 ** 24 + 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32 + 16,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];

/** Parameters with one field of choice. */
function parameters({ aead = 0, kdf = 0, segment = 65_568, iv = 32 }): Buffer {
  const bytes = Buffer.of(aead, kdf, 0, 0, 0, 0, 0, 0, 0, 0);
  bytes.writeUInt32BE(segment, 2);
  bytes.writeUInt32BE(iv, 6);
  return bytes;
}

describe('the parameters of a message', () => {
  it('are two ids, the segment length and the IV length', () => {
    const encoded = encodeParameters(64 * 1024);
    expect(encoded.toString('hex')).toBe('00000001002000000020');
  });

  it('make a header of 74 bytes, with IV and tag', () => {
    expect(HEADER_LENGTH).toBe(74);
  });

  it('give the chunk size back, whichever it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 16, max: 2 ** 24 }), (chunkSize) => {
        expect(isChunkSize(chunkSize)).toBe(true);
        expect(decodeParameters(encodeParameters(chunkSize))).toBe(chunkSize);
      }),
      { examples: [[16], [17], [2 ** 24 - 1], [2 ** 24]] },
    );
  });

  it.each(BAD_CHUNK_SIZES)('are not written for chunks of %d bytes', (size) => {
    expect(isChunkSize(size)).toBe(false);
    expect(() => encodeParameters(size)).toThrow(RangeError);
  });

  it.each([0, 31, 32, 33, 47, 2 ** 24 + 33, 2 ** 31 + 32, 2 ** 32 - 1])(
    'are not read with segments of %d bytes',
    (segment) => {
      expect(() => decodeParameters(parameters({ segment }))).toThrow(
        FormatError,
      );
    },
  );

  it.each([
    ['another cipher', { aead: 1 }],
    ['another key derivation', { kdf: 1 }],
    ['an IV of 0 bytes', { iv: 0 }],
    ['an IV of 31 bytes', { iv: 31 }],
    ['an IV of 33 bytes', { iv: 33 }],
    ['an IV of 2^32 - 1 bytes', { iv: 2 ** 32 - 1 }],
  ])('are not read with %s', (_what, field) => {
    expect(decodeParameters(parameters({}))).toBe(64 * 1024);
    expect(() => decodeParameters(parameters(field))).toThrow(FormatError);
  });

  it('are not read from fewer than 10 bytes', () => {
    const whole = parameters({});
    for (let length = 0; length < whole.length; length += 1) {
      expect(() => decodeParameters(whole.subarray(0, length))).toThrow(
        FormatError,
      );
    }
  });

  it('are not read with smaller chunks unless asked', () => {
    const small = parameters({ segment: 40 });
    expect(decodeParameters(small, 8)).toBe(8);
    expect(() => decodeParameters(small, 9)).toThrow(FormatError);
    expect(() => decodeParameters(small)).toThrow(FormatError);
  });
});
