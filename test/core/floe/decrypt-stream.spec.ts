import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { createDecryptStream } from '../../../lib/core/floe/decrypt-stream.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { rejectionOf } from '../thrown.js';
import { chunksOf, drive, outputOf, settle } from './drive.js';
import * as twin from './floe-twin.js';
import { pattern } from './pattern.js';

const keyBytes = randomBytes(32);
const key = SecretKey.from(keyBytes);
const aad = Buffer.from('bound to this');

const sealed = (plaintext: Buffer, chunkSize: number) =>
  twin.encrypt(keyBytes, aad, plaintext, chunkSize);
const stream = () => createDecryptStream(key, { aad });

describe.each([16, 1000, 65_536])('a message in chunks of %d', (C) => {
  it.each([0, 1, C - 1, C, C + 1, 2 * C - 1, 2 * C, 2 * C + 1])(
    'gives its %d bytes, in one piece or many',
    async (size) => {
      const plaintext = pattern(size);
      const message = sealed(plaintext, C);
      for (const length of [message.length, C + 32, C, 100, 13]) {
        const output = await outputOf(stream(), ...chunksOf(message, length));
        expect(output.equals(plaintext)).toBe(true);
      }
    },
  );
});

describe('the decrypt stream', () => {
  it('does not care how the message is cut into pieces', async () => {
    const plaintext = pattern(300);
    const message = sealed(plaintext, 16);
    const lengths = fc.array(fc.nat({ max: 120 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(lengths, async (pieces) => {
        const chunks: Buffer[] = [];
        let at = 0;
        for (const length of pieces) {
          chunks.push(message.subarray(at, at + length));
          at += length;
        }
        chunks.push(message.subarray(at));
        expect(await outputOf(stream(), ...chunks)).toEqual(plaintext);
      }),
      { numRuns: 200 },
    );
  });

  it('takes a message byte by byte', async () => {
    const message = sealed(pattern(100), 16);
    const output = await outputOf(stream(), ...chunksOf(message, 1));
    expect(output).toEqual(pattern(100));
  });

  it('takes an empty last segment, which FLOE allows', async () => {
    const prefix = sealed(Buffer.alloc(0), 16).subarray(0, 42);
    const made = { key: keyBytes, aad, prefix, mask: 20n };
    const message = Buffer.concat([
      twin.header(made),
      twin.encryptSegment(made, pattern(16), { index: 0n, last: false }),
      twin.encryptSegment(made, Buffer.alloc(0), { index: 1n, last: true }),
    ]);
    expect(await outputOf(stream(), message)).toEqual(pattern(16));
  });

  it('gives a segment when its last byte is there, and not before', async () => {
    const message = sealed(pattern(40), 16);
    const decrypting = stream();
    const released: Buffer[] = [];
    decrypting.on('data', (piece: Buffer) => released.push(piece));
    decrypting.write(message.subarray(0, 74 + 47));
    await settle();
    expect(released).toEqual([]);
    decrypting.write(message.subarray(74 + 47, 74 + 48));
    await settle();
    expect(Buffer.concat(released)).toEqual(pattern(16));
    decrypting.end(message.subarray(74 + 48));
    await settle();
    expect(Buffer.concat(released)).toEqual(pattern(40));
  });

  it('gives bytes that are the reader’s own', async () => {
    const message = sealed(pattern(160), 16);
    const decrypting = stream();
    decrypting.end(message);
    const pieces: Buffer[] = [];
    for await (const piece of decrypting) {
      pieces.push(Buffer.from(piece as Buffer));
      (piece as Buffer).fill(0xee);
    }
    expect(Buffer.concat(pieces)).toEqual(pattern(160));
    message.fill(0);
    expect(Buffer.concat(pieces)).toEqual(pattern(160));
  });

  it('refuses an impossible header at once, without what follows', async () => {
    const header = sealed(Buffer.alloc(0), 16).subarray(0, 74);
    header.writeUInt32BE(0xffffffff, 2);
    const decrypting = stream();
    const failed = rejectionOf(decrypting.toArray());
    decrypting.write(header);
    expect(await failed).toBeInstanceOf(FormatError);
  });

  it('gives nothing under another key, or bound to something else', async () => {
    const message = sealed(pattern(100), 16);
    const other = { aad: Buffer.from('bound to that') };
    for (const wrong of [
      createDecryptStream(SecretKey.random(), { aad }),
      createDecryptStream(key, other),
      createDecryptStream(key),
    ]) {
      const { output, error } = await drive(wrong, [message]);
      expect(output).toHaveLength(0);
      expect(error).toMatchObject({ code: 'INTEGRITY' });
    }
  });
});

describe('a decrypt stream without a reader', () => {
  it('stops within a piece, and goes on when it is read', async () => {
    const plaintext = pattern(1_000_000);
    const decrypting = stream();
    decrypting.end(sealed(plaintext, 1000));
    await settle();
    const limit = decrypting.readableHighWaterMark + 1000;
    expect(decrypting.readableLength).toBeGreaterThan(0);
    expect(decrypting.readableLength).toBeLessThanOrEqual(limit);
    const pieces: Buffer[] = [];
    for await (const piece of decrypting) {
      expect(decrypting.readableLength).toBeLessThanOrEqual(limit);
      pieces.push(piece as Buffer);
      await settle();
    }
    expect(Buffer.concat(pieces).equals(plaintext)).toBe(true);
  });
});

describe('a decrypt stream that is destroyed', () => {
  it('gives nothing more, and says why', async () => {
    const failure = new Error('The client is gone.');
    const message = sealed(pattern(1000), 16);
    const decrypting = stream();
    const told: unknown[] = [];
    decrypting.on('error', (error) => told.push(error));
    decrypting.on('data', () => told.push('data'));
    decrypting.write(message.subarray(0, 500));
    await settle();
    expect(told).toContain('data');
    decrypting.write(message.subarray(500));
    decrypting.destroy(failure);
    told.length = 0;
    await settle();
    expect(told).toEqual([failure]);
  });

  it('while it waits for its reader never ends', async () => {
    const decrypting = stream();
    decrypting.end(sealed(pattern(1_000_000), 1000));
    await settle();
    const told: string[] = [];
    for (const name of ['end', 'error', 'close']) {
      decrypting.on(name, () => told.push(name));
    }
    decrypting.destroy();
    await settle();
    expect(told).toEqual(['close']);
  });

  it('by damage ends its source, and the sink gets no end', async () => {
    const message = sealed(pattern(1_000_000), 1000);
    message.writeUInt8(
      message.readUInt8(message.length - 1) ^ 1,
      message.length - 1,
    );
    const source = Readable.from(chunksOf(message, 1000));
    const state = { bytes: 0, hasEnded: false };
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        state.bytes += chunk.length;
        done();
      },
      final(done) {
        state.hasEnded = true;
        done();
      },
    });
    const flowing = pipeline(source, stream(), sink);
    expect(await rejectionOf(flowing)).toMatchObject({ code: 'INTEGRITY' });
    expect(source.destroyed).toBe(true);
    expect(state.hasEnded).toBe(false);
    expect(state.bytes).toBeLessThanOrEqual(999_000);
  });
});
