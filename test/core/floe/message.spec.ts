import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FormatError, IntegrityError } from '../../../lib/core/errors.js';
import { beginMessage, openMessage } from '../../../lib/core/floe/message.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import * as twin from './floe-twin.js';
import { pattern } from './pattern.js';

const keyBytes = randomBytes(32);
const key = SecretKey.from(keyBytes);
const aad = Buffer.from('bound to this');
const ONLY = { index: 0, last: true } as const;

/** A header whose tag is good, whatever its parameters. */
function tagged(segmentLength: number): Buffer {
  const prefix = Buffer.concat([
    Buffer.from('00000000000000000020', 'hex'),
    randomBytes(32),
  ]);
  prefix.writeUInt32BE(segmentLength, 2);
  return twin.header({ key: keyBytes, aad, prefix, mask: 20n });
}

describe('the header of a message', () => {
  it('is parameters, IV, and the tag that the twin computes', () => {
    const { header } = beginMessage(key, { aad, chunkSize: 1000 });
    const prefix = header.subarray(0, 42);
    expect(header).toHaveLength(74);
    expect(header.toString('hex', 0, 10)).toBe('00000000040800000020');
    expect(header).toEqual(
      twin.header({ key: keyBytes, aad, prefix, mask: 20n }),
    );
  });

  it('has an IV of its own each time', () => {
    const headers = Array.from({ length: 50 }, () => beginMessage(key).header);
    const ivs = headers.map((header) => header.toString('hex', 10, 42));
    expect(new Set(ivs).size).toBe(50);
  });

  it('opens, and so do the segments behind it', () => {
    for (const chunkSize of [16, 1000, 2 ** 24]) {
      const { header, segments } = beginMessage(key, { aad, chunkSize });
      const segment = Buffer.alloc(48);
      segments.encrypt(pattern(16), ONLY, segment);
      const opened = openMessage(key, header, { aad });
      expect(opened.chunkSize).toBe(chunkSize);
      expect(opened.segmentLength).toBe(chunkSize + 32);
      expect(opened.decrypt(segment, ONLY)).toEqual(pattern(16));
    }
  });

  it('stands for 64 KiB and no associated data when nothing is asked', () => {
    const { header, segments } = beginMessage(key);
    expect(segments.chunkSize).toBe(64 * 1024);
    const empty = { aad: new Uint8Array(0) };
    expect(openMessage(key, header, empty).chunkSize).toBe(64 * 1024);
  });

  it('may have its message behind it', () => {
    const { header } = beginMessage(key, { aad });
    const message = Buffer.concat([header, randomBytes(100)]);
    expect(openMessage(key, message, { aad }).chunkSize).toBe(64 * 1024);
  });

  it('is not needed any more once it is open', () => {
    const { header, segments } = beginMessage(key, { aad, chunkSize: 16 });
    const opened = openMessage(key, header, { aad });
    header.fill(0);
    const segment = Buffer.alloc(48);
    segments.encrypt(pattern(16), ONLY, segment);
    expect(opened.decrypt(segment, ONLY)).toEqual(pattern(16));
  });

  it.each([0, 15, 2 ** 24 + 1, 16.5])(
    'is not made for chunks of %d bytes',
    (chunkSize) => {
      expect(() => beginMessage(key, { chunkSize })).toThrow(RangeError);
    },
  );
});

describe('a header that is not the right one', () => {
  it('is refused under another key, or bound to something else', () => {
    const { header } = beginMessage(key, { aad });
    const refused = expect.objectContaining({ code: 'INTEGRITY' });
    const other = Buffer.from('bound to that');
    expect(() => openMessage(SecretKey.random(), header, { aad })).toThrow(
      refused,
    );
    expect(() => openMessage(key, header, { aad: other })).toThrow(refused);
    expect(() => openMessage(key, header)).toThrow(refused);
  });

  it('is refused for every flipped bit', () => {
    const { header } = beginMessage(key, { aad });
    for (let bit = 0; bit < header.length * 8; bit += 1) {
      const damaged = Buffer.from(header);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(() => openMessage(key, damaged, { aad })).toThrow(IntegrityError);
    }
  });

  it('is refused wherever it is cut', () => {
    const { header } = beginMessage(key, { aad });
    for (let length = 0; length < header.length; length += 1) {
      const cut = header.subarray(0, length);
      expect(() => openMessage(key, cut, { aad })).toThrow(FormatError);
    }
  });

  // The tags are good: only the bound stands between header and reader.
  it.each([
    ['0 bytes', 32],
    ['1 byte', 33],
    ['15 bytes', 47],
    ['16 MiB and a byte', 2 ** 24 + 33],
    ['2^31 bytes', 2 ** 31 + 32],
    ['2^32 - 33 bytes, the most it can say,', 2 ** 32 - 1],
    ['less than nothing', 31],
  ])(
    'is refused with chunks of %s though its tag verifies',
    (_size, length) => {
      expect(openMessage(key, tagged(48), { aad }).chunkSize).toBe(16);
      expect(() => openMessage(key, tagged(length), { aad })).toThrow(
        FormatError,
      );
    },
  );
});
