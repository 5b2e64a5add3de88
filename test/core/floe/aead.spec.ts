import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seal, unseal } from '../../../lib/core/floe/aead.js';

const key = randomBytes(32);

/** Nonce ‖ ciphertext ‖ tag, in a buffer of the right length. */
function sealed(plaintext: Uint8Array, aad: Uint8Array): Buffer {
  const room = Buffer.alloc(12 + plaintext.length + 16);
  room.set(randomBytes(12));
  seal(key, room, { plaintext, aad });
  return room;
}

describe('sealed bytes', () => {
  const bytes = fc.uint8Array({ maxLength: 100 });

  it('open under the key and the associated data that they were sealed with', () => {
    fc.assert(
      fc.property(bytes, bytes, (plaintext, aad) => {
        const opened = unseal(key, sealed(plaintext, aad), aad);
        expect(opened).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it('do not open under another key or with other associated data', () => {
    const aad = Buffer.from('bound');
    const box = sealed(Buffer.from('plaintext'), aad);
    expect(unseal(randomBytes(32), box, aad)).toBeUndefined();
    expect(unseal(key, box, Buffer.from('bount'))).toBeUndefined();
    expect(unseal(key, box, Buffer.alloc(0))).toBeUndefined();
  });

  it('do not open with any bit of theirs flipped', () => {
    const aad = Buffer.from('bound');
    const box = sealed(Buffer.from('plaintext'), aad);
    for (let bit = 0; bit < box.length * 8; bit += 1) {
      const damaged = Buffer.from(box);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(unseal(key, damaged, aad)).toBeUndefined();
    }
  });

  it('do not open with a part of their tag cut off', () => {
    const aad = Buffer.alloc(0);
    const box = sealed(Buffer.from('plaintext'), aad);
    for (let cut = 1; cut <= 9; cut += 1) {
      expect(unseal(key, box.subarray(0, -cut), aad)).toBeUndefined();
    }
  });

  it.each([27, 29, 12, 0])('are not made in room for %d bytes', (room) => {
    const plaintext = Buffer.alloc(0);
    const aad = Buffer.alloc(0);
    const out = Buffer.alloc(room);
    expect(() => seal(key, out, { plaintext, aad })).toThrow(RangeError);
    expect(out).toEqual(Buffer.alloc(room));
  });
});
