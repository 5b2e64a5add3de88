import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDecryptStream } from '../../../lib/core/floe/decrypt-stream.js';
import { createEncryptStream } from '../../../lib/core/floe/encrypt-stream.js';
import {
  decryptShort,
  encryptShort,
} from '../../../lib/core/floe/short-message.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { outputOf } from './drive.js';
import * as twin from './floe-twin.js';
import { pattern } from './pattern.js';

const keyBytes = randomBytes(32);
const key = SecretKey.from(keyBytes);
const aad = Buffer.from('bound to this');

describe('the slow twin', () => {
  it('is short, and takes nothing from the library', () => {
    const text = readFileSync(new URL('floe-twin.ts', import.meta.url), 'utf8');
    const imports = text.match(/\bfrom '.*'|\bimport\(.*\)|\brequire\(.*\)/g);
    expect(imports).toEqual(["from 'node:crypto'"]);
    expect(text.trimEnd().split('\n').length).toBeLessThan(80);
  });

  it.each([16, 17, 1000, 65_536])(
    'and the streams read each other around chunks of %d bytes',
    async (C) => {
      for (const size of [0, 1, C - 1, C, C + 1, 2 * C - 1, 2 * C, 2 * C + 1]) {
        const plaintext = pattern(size);
        const fast = await outputOf(
          createEncryptStream(key, { aad, chunkSize: C }),
          plaintext,
        );
        const slow = twin.encrypt(keyBytes, aad, plaintext, C);
        expect(fast).toHaveLength(slow.length);
        expect(twin.decrypt(keyBytes, aad, fast).equals(plaintext)).toBe(true);
        const opened = await outputOf(createDecryptStream(key, { aad }), slow);
        expect(opened.equals(plaintext)).toBe(true);
      }
    },
  );

  it('and the streams read each other whatever the bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const chunkSizes = fc.integer({ min: 16, max: 80 });
    await fc.assert(
      fc.asyncProperty(
        keys,
        bytes,
        bytes,
        chunkSizes,
        async (k, bound, text, chunkSize) => {
          const [slowKey, fastKey] = [Buffer.from(k), SecretKey.from(k)];
          const [a, plaintext] = [Buffer.from(bound), Buffer.from(text)];
          const fast = await outputOf(
            createEncryptStream(fastKey, { aad: a, chunkSize }),
            plaintext,
          );
          expect(twin.decrypt(slowKey, a, fast)).toEqual(plaintext);
          const slow = twin.encrypt(slowKey, a, plaintext, chunkSize);
          const opened = createDecryptStream(fastKey, { aad: a });
          expect(await outputOf(opened, slow)).toEqual(plaintext);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('and the streams change the key of segments at the same places', async () => {
    const plaintext = pattern(11 * 16 + 5);
    const options = { aad, chunkSize: 16, keyRotationExponent: 2 };
    const stream = createEncryptStream(key, options);
    const message = await outputOf(stream, plaintext);
    expect(twin.decrypt(keyBytes, aad, message, 2n)).toEqual(plaintext);
    expect(() => twin.decrypt(keyBytes, aad, message, 3n)).toThrow(
      'authenticate',
    );
    const opened = createDecryptStream(key, options);
    expect(await outputOf(opened, message)).toEqual(plaintext);
  });

  it('and short messages read each other', () => {
    for (const size of [0, 1, 32, 256, 65_536]) {
      const plaintext = pattern(size);
      const fast = encryptShort(key, plaintext, aad);
      const slow = twin.encrypt(keyBytes, aad, plaintext, 65_536);
      expect(twin.decrypt(keyBytes, aad, fast).equals(plaintext)).toBe(true);
      expect(decryptShort(key, slow, aad).equals(plaintext)).toBe(true);
    }
  });
});
