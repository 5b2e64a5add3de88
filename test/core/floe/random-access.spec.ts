import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../lib/core/errors.js';
import { createDecryptStream } from '../../../lib/core/floe/decrypt-stream.js';
import {
  containerSize,
  plaintextSize,
  segmentCount,
  segmentOffset,
  segmentsOfRange,
} from '../../../lib/core/floe/geometry.js';
import { beginMessage, openMessage } from '../../../lib/core/floe/message.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { outputOf } from './drive.js';
import * as twin from './floe-twin.js';
import { pattern } from './pattern.js';

const C = 32;
const keyBytes = randomBytes(32);
const key = SecretKey.from(keyBytes);
const aad = Buffer.from('bound to this');

const SIZE = 20 * C + 9;
const plaintext = pattern(SIZE);
const message = twin.encrypt(keyBytes, aad, plaintext, C);

/** Decrypts one segment of the message, out of nothing but its own bytes. */
function segmentAt(index: number): Buffer {
  const segments = openMessage(key, message.subarray(0, 74), { aad });
  const start = segmentOffset(index, C);
  const bytes = message.subarray(start, start + segments.segmentLength);
  const last = index === segmentCount(SIZE, C) - 1;
  return segments.decrypt(bytes, { index, last });
}

describe('random access', () => {
  it('reads any range from the segments that it touches', () => {
    const position = fc.nat({ max: SIZE });
    fc.assert(
      fc.property(position, position, (one, other) => {
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        fc.pre(start < end);
        const { first, last } = segmentsOfRange({ start, end }, C);
        const pieces: Buffer[] = [];
        for (let at = first; at <= last; at += 1) pieces.push(segmentAt(at));
        const from = start - first * C;
        const part = Buffer.concat(pieces).subarray(from, from + end - start);
        expect(part).toEqual(plaintext.subarray(start, end));
      }),
      { numRuns: 300 },
    );
  });

  it('knows the size by the length of the message', () => {
    expect(containerSize(SIZE, C)).toBe(message.length);
    expect(plaintextSize(message.length, C)).toBe(SIZE);
  });

  it('writes segments in any order, each once, and the stream reads them', async () => {
    const { header, segments } = beginMessage(key, { aad, chunkSize: C });
    const written = Buffer.alloc(containerSize(SIZE, C));
    written.set(header);
    const count = segmentCount(SIZE, C);
    // 8 and 21 have no common divisor: every index comes once.
    for (let step = 0; step < count; step += 1) {
      const index = (step * 8) % count;
      const piece = plaintext.subarray(index * C, (index + 1) * C);
      const room = written.subarray(segmentOffset(index, C));
      segments.encrypt(piece, { index, last: index === count - 1 }, room);
    }
    const stream = createDecryptStream(key, { aad });
    expect(await outputOf(stream, written)).toEqual(plaintext);
  });

  it('does not take the end of a cut message for its end', () => {
    const segments = openMessage(key, message, { aad });
    const start = segmentOffset(7, C);
    const inner = message.subarray(start, start + C + 32);
    expect(segments.decrypt(inner, { index: 7, last: false })).toEqual(
      plaintext.subarray(7 * C, 8 * C),
    );
    expect(() => segments.decrypt(inner, { index: 7, last: true })).toThrow(
      IntegrityError,
    );
  });
});
