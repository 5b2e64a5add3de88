import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FormatError, IntegrityError } from '../../../lib/core/errors.js';
import { createDecryptStream } from '../../../lib/core/floe/decrypt-stream.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { bitFlips, truncations } from '../damage.js';
import { drive } from './drive.js';
import * as twin from './floe-twin.js';
import { pattern } from './pattern.js';

const C = 16;
const keyBytes = randomBytes(32);
const key = SecretKey.from(keyBytes);
const aad = Buffer.from('bound to this');

const plaintext = pattern(5 * C + 3);
const whole = twin.encrypt(keyBytes, aad, plaintext, C);
const header = whole.subarray(0, 74);
const segments = Array.from({ length: 6 }, (_, at) =>
  whole.subarray(74 + at * (C + 32), 74 + (at + 1) * (C + 32)),
);
const sizes = [0, 1, C, C + 1, 3 * C];
const messages = sizes.map((size) => ({
  size,
  message: twin.encrypt(keyBytes, aad, pattern(size), C),
}));

/**
 * Gives a changed message to the stream: it must fail, and what it released
 * until then must be whole segments of the true plaintext.
 *
 * @returns how many segments it released.
 */
async function refusalOf(
  message: Buffer,
  { of = plaintext, error: kind = IntegrityError } = {},
): Promise<number> {
  const stream = createDecryptStream(key, { aad });
  const { output, error } = await drive(stream, [message]);
  expect(error).toBeInstanceOf(kind);
  expect(output.equals(of.subarray(0, output.length))).toBe(true);
  const isWhole = output.length % C === 0 || output.length === of.length;
  expect(isWhole).toBe(true);
  return Math.ceil(output.length / C);
}

/** A message of these segments, by their number. */
const messageOf = (...order: readonly number[]) =>
  Buffer.concat([header, ...order.map((at) => segments[at] ?? header)]);

it('the message under attack is good', async () => {
  const stream = createDecryptStream(key, { aad });
  const { output, error } = await drive(stream, [messageOf(0, 1, 2, 3, 4, 5)]);
  expect(error).toBeUndefined();
  expect(output).toEqual(plaintext);
});

describe.each(messages)('a message of $size bytes', ({ size, message }) => {
  it('is refused with any bit flipped', async () => {
    for (const damaged of bitFlips(message)) {
      const released = await refusalOf(damaged, { of: pattern(size) });
      expect(released).toBeLessThanOrEqual(Math.max(0, size / C));
    }
  });

  it('is refused cut at any byte', async () => {
    for (const cut of truncations(message)) {
      const stream = createDecryptStream(key, { aad });
      const { output, error } = await drive(stream, [cut]);
      expect(error).toBeInstanceOf(IntegrityError);
      expect(output.length).toBeLessThanOrEqual(Math.max(0, size - 1));
      expect(output).toEqual(pattern(size).subarray(0, output.length));
    }
  });

  it('is refused with anything behind it', async () => {
    const lastLength = size === 0 ? 0 : size % C || C;
    const last = message.subarray(message.length - lastLength - 32);
    for (const more of [
      Buffer.of(0),
      Buffer.alloc(48),
      Buffer.of(255, 255, 255, 255),
      last,
      message,
    ]) {
      const longer = Buffer.concat([message, more]);
      const released = await refusalOf(longer, {
        of: pattern(size),
        error: FormatError,
      });
      expect(released).toBeLessThanOrEqual(Math.ceil(size / C));
    }
  });
});

describe('a message', () => {
  it.each<[string, number[], number]>([
    ['two segments exchanged', [0, 2, 1, 3, 4, 5], 1],
    ['its first two exchanged', [1, 0, 2, 3, 4, 5], 0],
    ['its last two exchanged', [0, 1, 2, 3, 5, 4], 4],
    ['a segment repeated', [0, 1, 1, 2, 3, 4, 5], 2],
    ['a segment left out', [0, 1, 3, 4, 5], 2],
    ['its first left out', [1, 2, 3, 4, 5], 0],
    ['its last left out', [0, 1, 2, 3, 4], 5],
    ['its last in an earlier place', [0, 1, 5], 2],
    ['its last alone', [5], 0],
    ['no segment', [], 0],
  ])('is refused with %s', async (_what, order, released) => {
    expect(await refusalOf(messageOf(...order))).toBe(released);
  });

  it('is refused with its last repeated', async () => {
    const repeated = messageOf(0, 1, 2, 3, 4, 5, 5);
    expect(await refusalOf(repeated, { error: FormatError })).toBe(6);
  });

  it('is refused with a segment of another message of its key', async () => {
    const other = twin.encrypt(keyBytes, aad, plaintext, C);
    for (let at = 0; at < 6; at += 1) {
      const start = 74 + at * (C + 32);
      const spliced = Buffer.from(whole);
      other.copy(spliced, start, start, start + C + 32);
      expect(await refusalOf(spliced)).toBe(at);
    }
  });

  it('is refused under the header of another message of its key', async () => {
    const other = twin.encrypt(keyBytes, aad, plaintext, C);
    const mixed = Buffer.concat([other.subarray(0, 74), whole.subarray(74)]);
    expect(await refusalOf(mixed)).toBe(0);
  });

  it('is refused when a segment in its middle says that it is the last', async () => {
    const ended = Buffer.from(messageOf(0, 1));
    ended.writeUInt32BE(C + 32, 74 + C + 32);
    expect(await refusalOf(ended)).toBe(1);
  });

  it('is refused when its last segment says that more follow', async () => {
    const full = twin.encrypt(keyBytes, aad, pattern(2 * C), C);
    full.writeUInt32BE(0xffffffff, 74 + C + 32);
    expect(await refusalOf(full, { of: pattern(2 * C) })).toBe(1);
  });

  it('that is nothing is refused', async () => {
    expect(await refusalOf(Buffer.alloc(0))).toBe(0);
  });
});
