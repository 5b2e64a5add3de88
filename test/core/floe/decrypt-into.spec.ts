import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../lib/core/errors.js';
import { beginMessage } from '../../../lib/core/floe/message.js';
import { SecretKey } from '../../../lib/core/secret-key.js';

const CHUNK = 64 * 1024;
const LAST = { index: 0, last: true };

function sealed() {
  const { segments } = beginMessage(SecretKey.random(), { chunkSize: CHUNK });
  const plaintext = randomBytes(CHUNK);
  const segment = Buffer.alloc(segments.segmentLength);
  segments.encrypt(plaintext, LAST, segment);
  return { segments, segment, plaintext };
}

describe('a segment decrypted into reused memory', () => {
  it('fills as much of it as there is plaintext', () => {
    const { segments, segment, plaintext } = sealed();
    const out = Buffer.alloc(CHUNK + 5, 9);
    expect(segments.decryptInto(segment, LAST, out)).toBe(CHUNK);
    expect(out.subarray(0, CHUNK).equals(plaintext)).toBe(true);
    expect(out.subarray(CHUNK)).toEqual(Buffer.alloc(5, 9));
  });

  it('is refused where there is no room, or where it does not verify', () => {
    const { segments, segment } = sealed();
    const small = Buffer.alloc(CHUNK - 1, 9);
    expect(() => segments.decryptInto(segment, LAST, small)).toThrow(
      RangeError,
    );
    expect(small.equals(Buffer.alloc(CHUNK - 1, 9))).toBe(true);
    const out = Buffer.alloc(CHUNK, 9);
    segment.writeUInt8(segment.readUInt8(100) ^ 1, 100);
    expect(() => segments.decryptInto(segment, LAST, out)).toThrow(
      IntegrityError,
    );
    expect(out.equals(Buffer.alloc(CHUNK, 9))).toBe(true);
  });
});
