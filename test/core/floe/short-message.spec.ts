import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FormatError, IntegrityError } from '../../../lib/core/errors.js';
import {
  decryptShort,
  encryptShort,
  MAX_SHORT_MESSAGE,
} from '../../../lib/core/floe/short-message.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import * as twin from './floe-twin.js';
import { pattern } from './pattern.js';

const keyBytes = randomBytes(32);
const key = SecretKey.from(keyBytes);
const aad = Buffer.from('bound to this');

describe('a short message', () => {
  it.each([0, 1, 32, 256, 65_535, 65_536])('of %d bytes opens', (size) => {
    const message = encryptShort(key, pattern(size), aad);
    expect(message).toHaveLength(74 + 32 + size);
    expect(decryptShort(key, message, aad)).toEqual(pattern(size));
    expect(twin.decrypt(keyBytes, aad, message)).toEqual(pattern(size));
  });

  it('opens when the twin wrote it', () => {
    const message = twin.encrypt(keyBytes, aad, pattern(32), 65_536);
    expect(decryptShort(key, message, aad)).toEqual(pattern(32));
  });

  it('is another each time', () => {
    const one = encryptShort(key, pattern(32), aad);
    expect(encryptShort(key, pattern(32), aad)).not.toEqual(one);
  });

  it('holds one segment at most', () => {
    const long = pattern(MAX_SHORT_MESSAGE + 1);
    expect(() => encryptShort(key, long, aad)).toThrow(RangeError);
    const message = twin.encrypt(keyBytes, aad, long, 65_536);
    expect(() => decryptShort(key, message, aad)).toThrow(FormatError);
    const first = message.subarray(0, 74 + 65_568);
    expect(() => decryptShort(key, first, aad)).toThrow(IntegrityError);
  });

  it('has the one chunk size', () => {
    for (const chunkSize of [16, 65_535, 65_537]) {
      const message = twin.encrypt(keyBytes, aad, pattern(10), chunkSize);
      expect(() => decryptShort(key, message, aad)).toThrow(FormatError);
    }
  });

  it('does not open under another key or binding', () => {
    const message = encryptShort(key, pattern(32), aad);
    const other = Buffer.from('bound to that');
    expect(() => decryptShort(SecretKey.random(), message, aad)).toThrow(
      IntegrityError,
    );
    expect(() => decryptShort(key, message, other)).toThrow(IntegrityError);
  });

  it('does not open with any bit of it flipped', () => {
    const message = encryptShort(key, pattern(32), aad);
    for (let bit = 0; bit < message.length * 8; bit += 1) {
      const damaged = Buffer.from(message);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(() => decryptShort(key, damaged, aad)).toThrow(IntegrityError);
    }
  });

  it('does not open cut at any byte, or with bytes behind it', () => {
    const message = encryptShort(key, pattern(32), aad);
    for (let length = 0; length < message.length; length += 1) {
      const cut = message.subarray(0, length);
      expect(() => decryptShort(key, cut, aad)).toThrow(FormatError);
    }
    const longer = Buffer.concat([message, Buffer.alloc(1)]);
    expect(() => decryptShort(key, longer, aad)).toThrow(FormatError);
  });
});
