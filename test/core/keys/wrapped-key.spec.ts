import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, IntegrityError } from '../../../lib/core/errors.js';
import {
  formatWrappedKey,
  isKeyId,
  parseWrappedKey,
  takeKey,
  unwrapKey,
  wrapKey,
  WRAPPED_LENGTH,
} from '../../../lib/core/keys/wrapped-key.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { bitFlips, truncations } from '../damage.js';
import * as twin from '../floe/floe-twin.js';

const VISIBLE = Array.from({ length: 94 }, (_, index) =>
  String.fromCharCode(0x21 + index),
);

const anyId = fc.string({
  unit: fc.constantFrom(...VISIBLE),
  minLength: 1,
  maxLength: 256,
});

describe('the text of a wrapped key', () => {
  it('is taken apart into what it was made from', () => {
    const blob = fc.uint8Array({ minLength: 1, maxLength: 4096 });
    fc.assert(
      fc.property(anyId, blob, (keyId, bytes) => {
        const text = formatWrappedKey({ keyId, blob: Buffer.from(bytes) });
        expect(parseWrappedKey(text)).toEqual({
          keyId,
          blob: Buffer.from(bytes),
        });
      }),
    );
  });

  it.each(['.', '..', '1.', '.1', 'a.b.c', 'arn:kms:eu-1:2:key/a.b', '"\\%&'])(
    'has the id %j',
    (keyId) => {
      const text = `1.${keyId}.AAEC`;
      expect(parseWrappedKey(text)).toEqual({
        keyId,
        blob: Buffer.of(0, 1, 2),
      });
    },
  );

  it.each([
    ['empty', ''],
    ['a version alone', '1'],
    ['a version and a dot', '1.'],
    ['without a dot', '1A'],
    ['without an id', '1..AAEC'],
    ['without a blob', '1.id'],
    ['with an empty blob', '1.id.'],
    ['of version 2', '2.id.AAEC'],
    ['of version 0', '0.id.AAEC'],
    ['of version 01', '01.id.AAEC'],
    ['of version 10', '10.id.AAEC'],
    ['without a version', 'id.AAEC'],
    ['with an empty version', '.id.AAEC'],
    ['with white space before it', ' 1.id.AAEC'],
    ['with white space behind it', '1.id.AAEC '],
    ['with a line end behind it', '1.id.AAEC\n'],
    ['with white space in its id', '1.i d.AAEC'],
    ['with a control character in its id', '1.i\u0007d.AAEC'],
    ['with a line end in its id', '1.id\n.AAEC'],
    ['with DEL in its id', '1.i\u007fd.AAEC'],
    ['with a letter beyond ASCII in its id', '1.ïd.AAEC'],
    ['with an id of 257 characters', `1.${'x'.repeat(257)}.AAEC`],
    ['with padding', '1.id.AAA='],
    ['with spare bits', '1.id.AAB'],
    ['in the other alphabet', '1.id.AA+/'],
    ['with a lone letter', '1.id.AAECA'],
    ['with a blob of 4097 bytes', `1.id.${'A'.repeat(5463)}`],
  ])('is not %s', (_what, text) => {
    expect(() => parseWrappedKey(text)).toThrow(FormatError);
  });

  it('has an id of 1 to 256 visible ASCII characters', () => {
    expect(isKeyId('x'.repeat(256))).toBe(true);
    expect(VISIBLE.filter((character) => !isKeyId(character))).toEqual([]);
    const others: readonly unknown[] = ['', 'x'.repeat(257), 'a b', 'a\n', 'é'];
    expect(others.filter(isKeyId)).toEqual([]);
    expect([undefined, null, 7, ['id']].filter(isKeyId)).toEqual([]);
  });
});

describe('a key wrapped under another', () => {
  const bytes = randomBytes(32);
  const wrapping = SecretKey.from(bytes);
  const key = randomBytes(32);
  const aad = Buffer.from('bound to this');
  const blob = wrapKey(wrapping, key, aad);

  it('has 138 bytes and unwraps', () => {
    expect(WRAPPED_LENGTH).toBe(138);
    expect(blob).toHaveLength(138);
    expect(unwrapKey(wrapping, blob, aad)).toEqual(key);
  });

  it('is another each time', () => {
    expect(wrapKey(wrapping, key, aad)).not.toEqual(blob);
  });

  it('is refused with any bit of it flipped', () => {
    for (const changed of bitFlips(blob)) {
      expect(() => unwrapKey(wrapping, changed, aad)).toThrow(IntegrityError);
    }
  });

  it('is refused in any other length', () => {
    const longer = Buffer.concat([blob, Buffer.of(0)]);
    for (const changed of [...truncations(blob), longer]) {
      expect(() => unwrapKey(wrapping, changed, aad)).toThrow(FormatError);
    }
  });

  it('is refused under another key or binding', () => {
    const other = SecretKey.random();
    expect(() => unwrapKey(other, blob, aad)).toThrow(IntegrityError);
    expect(() => unwrapKey(wrapping, blob, Buffer.from('that'))).toThrow(
      IntegrityError,
    );
  });

  it('is one segment of chunk size 65536, whatever else FLOE allows', () => {
    const plain = twin.encrypt(bytes, aad, key, 65_536);
    expect(unwrapKey(wrapping, plain, aad)).toEqual(key);
    for (const chunkSize of [32, 64, 65_535, 65_537]) {
      const message = twin.encrypt(bytes, aad, key, chunkSize);
      expect(message).toHaveLength(138);
      expect(() => unwrapKey(wrapping, message, aad)).toThrow(FormatError);
    }
  });

  it('holds 32 bytes, whatever else was wrapped', () => {
    for (const length of [0, 31, 33, 64]) {
      const message = twin.encrypt(bytes, aad, randomBytes(length), 65_536);
      expect(() => unwrapKey(wrapping, message, aad)).toThrow(FormatError);
    }
  });

  it('unwraps from any Uint8Array', () => {
    expect(unwrapKey(wrapping, new Uint8Array(blob), aad)).toEqual(key);
  });

  it('becomes a SecretKey, and its bytes are wiped', () => {
    const unwrapped = unwrapKey(wrapping, blob, aad);
    expect(takeKey(unwrapped).toBytes()).toEqual(key);
    expect(unwrapped).toEqual(Buffer.alloc(32));
  });

  it('of another length becomes none, and its bytes are wiped', () => {
    for (const length of [0, 16, 31, 33]) {
      const short = randomBytes(length);
      expect(() => takeKey(short)).toThrow(IntegrityError);
      expect(short).toEqual(Buffer.alloc(length));
    }
  });
});
