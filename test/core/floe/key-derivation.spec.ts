import { createHmac, hkdfSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deriveFloe,
  hkdfExpand,
  segmentKeyPurpose,
} from '../../../lib/core/floe/key-derivation.js';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

/** HKDF's first half; with the second it gives what node gives in one. */
function extract(salt: Uint8Array, secret: Uint8Array): Buffer {
  return createHmac('sha384', salt).update(secret).digest();
}

describe('the expanding half of HKDF-SHA-384', () => {
  it('gives, after the extracting half, what the whole gives', () => {
    const length = fc.integer({ min: 1, max: 48 });
    fc.assert(
      fc.property(
        bytes(80),
        bytes(80),
        bytes(200),
        length,
        (secret, salt, info, size) => {
          const hmac = createHmac('sha384', extract(salt, secret));
          const expanded = hkdfExpand(hmac, [info], size);
          const whole = hkdfSync('sha384', secret, salt, info, size);
          expect(expanded).toEqual(Buffer.from(whole));
        },
      ),
    );
  });

  it('takes the parts of the info as one', () => {
    const [a, b, c] = ['one', '', 'two'].map((part) => Buffer.from(part));
    const parts = hkdfExpand(keyed(), [a, b, c], 48);
    expect(parts).toEqual(hkdfExpand(keyed(), [Buffer.from('onetwo')], 48));
    expect(parts).not.toEqual(hkdfExpand(keyed(), [Buffer.from('twoone')], 48));
  });

  it.each([0, -1, 49, 64, 1.5, Number.NaN])('does not give %d bytes', (n) => {
    const hmac = createHmac('sha384', 'key');
    expect(() => hkdfExpand(hmac, [], n)).toThrow(RangeError);
  });
});

const keyed = () => createHmac('sha384', Buffer.alloc(32, 7));

describe('a derivation of a message', () => {
  const context = {
    parameters: Buffer.from('00000001002000000020', 'hex'),
    iv: Buffer.alloc(32, 0xa5),
    aad: Buffer.from('bound to this'),
  };

  it('expands parameters, IV, purpose and associated data in this order', () => {
    const info =
      '00000001002000000020' +
      'a5'.repeat(32) +
      Buffer.from('PURPOSE:').toString('hex') +
      Buffer.from('bound to this').toString('hex');
    const expected = createHmac('sha384', 'key')
      .update(Buffer.from(info + '01', 'hex'))
      .digest();
    const derived = deriveFloe(createHmac('sha384', 'key'), context, {
      purpose: Buffer.from('PURPOSE:'),
      length: 48,
    });
    expect(derived).toEqual(expected);
  });

  it.each([
    [0, '0000000000000000'],
    [2 ** 20, '0000000000100000'],
    [2 ** 31, '0000000080000000'],
    [2 ** 32, '0000000100000000'],
    [2 ** 32 + 2 ** 20, '0000000100100000'],
    [2 ** 40 - 2 ** 20, '000000fffff00000'],
  ])('for the segments from %d on names them in 8 bytes', (index, hex) => {
    const label = Buffer.from('DEK:').toString('hex');
    expect(segmentKeyPurpose(index).toString('hex')).toBe(label + hex);
  });
});
