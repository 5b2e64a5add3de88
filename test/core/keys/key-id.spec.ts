import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyId } from '../../../lib/core/keys/key-id.js';
import { SecretKey } from '../../../lib/core/secret-key.js';

describe('the id of a key', () => {
  it('is the beginning of HKDF-Expand-SHA-384 over its label', () => {
    const bytes = randomBytes(32);
    const block = createHmac('sha384', bytes)
      .update('file-encryptor key id/1\x01', 'latin1')
      .digest();
    expect(keyId(SecretKey.from(bytes))).toBe(
      block.subarray(0, 8).toString('base64url'),
    );
  });

  it('is 11 characters without a dot, the same for the same bytes', () => {
    const bytes = randomBytes(32);
    expect(keyId(SecretKey.from(bytes))).toMatch(/^[A-Za-z0-9_-]{11}$/);
    expect(keyId(SecretKey.from(bytes))).toBe(keyId(SecretKey.from(bytes)));
  });

  it('is another for a key that differs in one bit', () => {
    const bytes = randomBytes(32);
    const ids = new Set([keyId(SecretKey.from(bytes))]);
    for (let bit = 0; bit < 256; bit += 1) {
      const other = Buffer.from(bytes);
      other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      ids.add(keyId(SecretKey.from(other)));
    }
    expect(ids.size).toBe(257);
  });
});
