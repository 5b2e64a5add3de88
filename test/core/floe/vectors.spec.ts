import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { seal, unseal } from '../../../lib/core/floe/aead.js';
import { createDecryptStream } from '../../../lib/core/floe/decrypt-stream.js';
import { hkdfExpand } from '../../../lib/core/floe/key-derivation.js';
import { openMessage } from '../../../lib/core/floe/message.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { chunksOf, drive, outputOf } from './drive.js';
import * as twin from './floe-twin.js';
import {
  floeVectors,
  gcmCases,
  hkdfCases,
  PRESENT,
} from './published-vectors.js';

const FLOE = floeVectors();
const GCM = gcmCases();
const VALID = GCM.filter(({ result }) => result === 'valid');
const INVALID = GCM.filter(({ result }) => result === 'invalid');
const HKDF = hkdfCases();

// Where they are absent, the closing lines of the run say so.
const keyBytes = Buffer.alloc(32);
const key = SecretKey.from(keyBytes);
const aad = Buffer.from('This is AAD');
const hex = (digits: string) => Buffer.from(digits, 'hex');

/** The `_rotation` vectors change their key every 2^2 segments; chunks have 8 bytes. */
const optionsOf = (name: string) => ({
  aad,
  minChunkSize: 1,
  ...(name.endsWith('_rotation') ? { keyRotationExponent: 2 } : {}),
});

describe.skipIf(!PRESENT)(
  'the published vectors',
  { tags: ['floe-vectors'] },
  () => {
    it('are all here', () => {
      expect(FLOE).toHaveLength(17);
      const rotating = FLOE.filter(({ name }) => name.endsWith('_rotation'));
      expect(rotating).toHaveLength(5);
      expect(GCM).toHaveLength(66);
      expect(VALID.length + INVALID.length).toBe(66);
      expect(INVALID.length).toBeGreaterThan(0);
      expect(HKDF.length).toBeGreaterThan(40);
    });

    it.each(FLOE)('of FLOE, $name, decrypt as a stream', async (vector) => {
      const { name, message, plaintext } = vector;
      const options = optionsOf(name);
      for (const length of [message.length, 100, 7]) {
        const stream = createDecryptStream(key, options);
        const output = await outputOf(stream, ...chunksOf(message, length));
        expect(output.equals(plaintext)).toBe(true);
      }
    });

    it.each(FLOE)('of FLOE, $name, decrypt backwards', (vector) => {
      const { name, message, plaintext } = vector;
      const segments = openMessage(key, message, optionsOf(name));
      const { segmentLength, chunkSize } = segments;
      const count = Math.ceil((message.length - 74) / segmentLength);
      for (let index = count - 1; index >= 0; index -= 1) {
        const start = 74 + index * segmentLength;
        const segment = message.subarray(start, start + segmentLength);
        const opened = segments.decrypt(segment, {
          index,
          last: index === count - 1,
        });
        const from = index * chunkSize;
        expect(opened).toEqual(plaintext.subarray(from, from + chunkSize));
      }
    });

    it.each(FLOE)('of FLOE, $name, decrypt with the twin', (vector) => {
      const { name, message, plaintext } = vector;
      const mask = name.endsWith('_rotation') ? 2n : 20n;
      const opened = twin.decrypt(keyBytes, aad, message, mask);
      expect(opened.equals(plaintext)).toBe(true);
    });

    it.each(FLOE)('of FLOE, $name, do not decrypt changed', async (vector) => {
      const { name, message, plaintext } = vector;
      const options = optionsOf(name);
      for (const at of [10, 73, 78, message.length - 1]) {
        const changed = Buffer.from(message);
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        const stream = createDecryptStream(key, options);
        const { output, error } = await drive(stream, [changed]);
        expect(error).toMatchObject({ code: 'INTEGRITY' });
        expect(output).toEqual(plaintext.subarray(0, output.length));
      }
    });

    it('of FLOE with a turning key need the turning key', async () => {
      const turning = FLOE.filter(({ name }) => name.endsWith('_rotation'));
      for (const { message } of turning) {
        const stream = createDecryptStream(key, { aad, minChunkSize: 1 });
        const { output, error } = await drive(stream, [message]);
        expect(error).toMatchObject({ code: 'INTEGRITY' });
        expect(output).toHaveLength(4 * 8);
      }
    });

    it.each(VALID)(
      'of Wycheproof for AES-GCM open: $tcId $comment',
      (vector) => {
        const { key: gcmKey, iv, msg } = vector;
        const sealed = hex(iv + vector.ct + vector.tag);
        const bound = hex(vector.aad);
        expect(unseal(hex(gcmKey), sealed, bound)).toEqual(hex(msg));
        const again = Buffer.alloc(sealed.length);
        again.set(hex(iv));
        seal(hex(gcmKey), again, { plaintext: hex(msg), aad: bound });
        expect(again).toEqual(sealed);
      },
    );

    it.each(INVALID)(
      'of Wycheproof for AES-GCM do not: $tcId $comment',
      (v) => {
        const sealed = hex(v.iv + v.ct + v.tag);
        expect(unseal(hex(v.key), sealed, hex(v.aad))).toBeUndefined();
      },
    );

    it.each(HKDF)('of Wycheproof for HKDF: $tcId $comment', (vector) => {
      // Extraction is HMAC keyed with the salt, for which nothing means zeros.
      const salt = vector.salt === '' ? Buffer.alloc(48) : hex(vector.salt);
      const pseudorandom = createHmac('sha384', salt)
        .update(hex(vector.ikm))
        .digest();
      const keyed = createHmac('sha384', pseudorandom);
      const expanded = hkdfExpand(keyed, [hex(vector.info)], vector.size);
      expect(expanded.toString('hex')).toBe(vector.okm);
    });
  },
);
