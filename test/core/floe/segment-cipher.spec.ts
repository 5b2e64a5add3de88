import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FormatError, IntegrityError } from '../../../lib/core/errors.js';
import { beginMessage, openMessage } from '../../../lib/core/floe/message.js';
import {
  isLastSegment,
  readSegmentLength,
  type SegmentCipher,
} from '../../../lib/core/floe/segment-cipher.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import * as twin from './floe-twin.js';
import { pattern } from './pattern.js';

const CHUNK = 16;
const keyBytes = randomBytes(32);
const key = SecretKey.from(keyBytes);
const aad = Buffer.from('bound to this');

const { header, segments } = beginMessage(key, { aad, chunkSize: CHUNK });
const twinMessage = {
  key: keyBytes,
  aad,
  prefix: header.subarray(0, 42),
  mask: 20n,
};

/** One segment, in a buffer of its own. */
function sealed(
  plaintext: Uint8Array,
  position: { index: number; last: boolean },
  cipher: SegmentCipher = segments,
): Buffer {
  const out = Buffer.alloc(plaintext.length + 32);
  expect(cipher.encrypt(plaintext, position, out)).toBe(out.length);
  return out;
}

const PLACES = [
  0,
  1,
  2 ** 20 - 1,
  2 ** 20,
  2 ** 20 + 1,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 31 + 2 ** 20,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 32 + 2 ** 20 + 5,
  2 ** 40 - 1,
];

describe('a segment', () => {
  it.each(PLACES)('at %d opens there, and the twin opens it', (index) => {
    for (const last of [false, true]) {
      const plaintext = randomBytes(CHUNK);
      const segment = sealed(plaintext, { index, last });
      expect(segments.decrypt(segment, { index, last })).toEqual(plaintext);
      const opened = twin.decryptSegment(twinMessage, segment, BigInt(index));
      expect(opened).toEqual(plaintext);
    }
  });

  it.each(PLACES)('of the twin at %d opens there', (index) => {
    const plaintext = randomBytes(CHUNK);
    for (const last of [false, true]) {
      const place = { index: BigInt(index), last };
      const segment = twin.encryptSegment(twinMessage, plaintext, place);
      expect(segments.decrypt(segment, { index, last })).toEqual(plaintext);
    }
  });

  it('opens at no other place, though 20, 31 or 32 bits of it agree', () => {
    for (const index of [0, 5, 2 ** 20 + 5, 2 ** 31 + 5, 2 ** 32 + 5]) {
      const segment = sealed(pattern(CHUNK), { index, last: false });
      for (const other of [...PLACES, 5, 2 ** 31 + 5, 2 ** 32 + 5]) {
        if (other === index) continue;
        expect(() =>
          segments.decrypt(segment, { index: other, last: false }),
        ).toThrow(IntegrityError);
      }
    }
  });

  it('has the marker, or its length if it is the last, in front', () => {
    const inner = sealed(pattern(CHUNK), { index: 0, last: false });
    const last = sealed(pattern(7), { index: 0, last: true });
    expect(inner.readUInt32BE(0)).toBe(0xffffffff);
    expect(isLastSegment(inner)).toBe(false);
    expect(readSegmentLength(inner, CHUNK + 32)).toBe(48);
    expect(last.readUInt32BE(0)).toBe(39);
    expect(isLastSegment(last)).toBe(true);
    expect(readSegmentLength(last, CHUNK + 32)).toBe(39);
  });

  it('is another each time, under a nonce of its own', () => {
    const nonces = new Set<string>();
    for (let time = 0; time < 50; time += 1) {
      const segment = sealed(pattern(CHUNK), { index: 0, last: false });
      nonces.add(segment.toString('hex', 4, 16));
    }
    expect(nonces.size).toBe(50);
  });

  it('holds a chunk exactly, and up to a chunk if it is the last', () => {
    for (let length = 0; length <= CHUNK; length += 1) {
      const position = { index: 0, last: true };
      const segment = sealed(pattern(length), position);
      expect(segments.decrypt(segment, position)).toEqual(pattern(length));
    }
    const out = Buffer.alloc(100);
    for (const [length, last] of [
      [CHUNK - 1, false],
      [0, false],
      [CHUNK + 1, false],
      [CHUNK + 1, true],
    ] as const) {
      expect(() =>
        segments.encrypt(pattern(length), { index: 0, last }, out),
      ).toThrow(RangeError);
    }
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 40, 2 ** 53])(
    'does not exist at %d',
    (index) => {
      const out = Buffer.alloc(48);
      const position = { index, last: false };
      const segment = sealed(pattern(CHUNK), { index: 0, last: false });
      expect(() => segments.encrypt(pattern(CHUNK), position, out)).toThrow(
        RangeError,
      );
      expect(() => segments.decrypt(segment, position)).toThrow(RangeError);
    },
  );

  it('leaves what lies behind it, and its plaintext, alone', () => {
    const plaintext = pattern(CHUNK);
    const out = Buffer.alloc(60, 0xee);
    segments.encrypt(plaintext, { index: 0, last: false }, out);
    expect(out.subarray(48)).toEqual(Buffer.alloc(12, 0xee));
    expect(plaintext).toEqual(pattern(CHUNK));
  });

  it.each([0, 4, 15, 47])('is not written into %d bytes', (room) => {
    const position = { index: 0, last: false };
    expect(() =>
      segments.encrypt(pattern(CHUNK), position, Buffer.alloc(room)),
    ).toThrow(RangeError);
  });
});

describe('the key of a segment', () => {
  it('is shared by 2^20 segments and changes with the next', () => {
    // The same message read as if every 4 segments had a key of their own.
    const turning = openMessage(key, header, { aad, keyRotationExponent: 2 });
    const read = (index: number) => {
      const position = { index, last: false };
      return () => turning.decrypt(sealed(pattern(CHUNK), position), position);
    };
    for (const index of [0, 3, 2 ** 20, 2 ** 20 + 3, 2 ** 32, 2 ** 32 + 3]) {
      expect(read(index)()).toEqual(pattern(CHUNK));
    }
    for (const index of [4, 2 ** 20 - 1, 2 ** 20 + 4, 2 ** 32 + 4]) {
      expect(read(index)).toThrow(IntegrityError);
    }
  });

  it('is the right one when places are read in any order', () => {
    const places = [2 ** 20, 0, 2 ** 32, 2 ** 20 - 1, 2 ** 20 + 1, 2 ** 31, 0];
    const sealedAt = places.map((index) =>
      sealed(pattern(CHUNK), { index, last: false }),
    );
    for (const [at, index] of places.entries()) {
      const opened = segments.decrypt(sealedAt[at], { index, last: false });
      expect(opened).toEqual(pattern(CHUNK));
    }
  });

  it('belongs to one message', () => {
    const other = beginMessage(key, { aad, chunkSize: CHUNK }).segments;
    const position = { index: 0, last: false };
    const segment = sealed(pattern(CHUNK), position, other);
    expect(() => segments.decrypt(segment, position)).toThrow(IntegrityError);
  });
});

describe('a damaged segment', () => {
  const inner = { index: 3, last: false };
  const last = { index: 3, last: true };

  it('is refused for every flipped bit', () => {
    for (const [position, length] of [
      [inner, CHUNK],
      [last, CHUNK],
      [last, 7],
      [last, 0],
    ] as const) {
      const segment = sealed(pattern(length), position);
      for (let bit = 0; bit < segment.length * 8; bit += 1) {
        const damaged = Buffer.from(segment);
        damaged[bit >> 3] ^= 1 << (bit & 7);
        expect(() => segments.decrypt(damaged, position)).toThrow(
          IntegrityError,
        );
      }
    }
  });

  it('is refused for every length but its own', () => {
    const whole = sealed(pattern(7), last);
    const longer = Buffer.concat([whole, Buffer.alloc(20)]);
    for (let length = 0; length <= longer.length; length += 1) {
      if (length === whole.length) continue;
      const cut = longer.subarray(0, length);
      expect(() => segments.decrypt(cut, last)).toThrow(FormatError);
    }
  });

  it('is refused when a length that fits is written in front', () => {
    const whole = sealed(pattern(7), last);
    for (let length = 32; length < whole.length; length += 1) {
      const cut = Buffer.from(whole.subarray(0, length));
      cut.writeUInt32BE(length, 0);
      expect(() => segments.decrypt(cut, last)).toThrow(IntegrityError);
    }
  });

  it('is refused at the end if it is not the last, and the reverse', () => {
    const one = sealed(pattern(CHUNK), inner);
    const other = sealed(pattern(CHUNK), last);
    expect(() => segments.decrypt(one, last)).toThrow(/more follow/);
    expect(() => segments.decrypt(other, inner)).toThrow(/is the last/);
    one.writeUInt32BE(48, 0);
    other.writeUInt32BE(0xffffffff, 0);
    expect(() => segments.decrypt(one, last)).toThrow(/does not verify/);
    expect(() => segments.decrypt(other, inner)).toThrow(/does not verify/);
  });
});

describe('the length in front of a segment', () => {
  it.each([0, 31, 49, 2 ** 31, 2 ** 32 - 2])('is not %d', (value) => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(value);
    expect(() => readSegmentLength(prefix, 48)).toThrow(FormatError);
  });

  it('is not read from fewer than 4 bytes', () => {
    for (let length = 0; length < 4; length += 1) {
      const prefix = Buffer.alloc(length, 0xff);
      expect(() => readSegmentLength(prefix, 48)).toThrow(FormatError);
    }
  });
});
