import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, IntegrityError } from '../../../lib/core/errors.js';
import { encryptShort } from '../../../lib/core/floe/short-message.js';
import { associatedData } from '../../../lib/core/keys/associated-data.js';
import { sealInformation } from '../../../lib/core/keys/file-information.js';
import {
  type LinkTerms,
  openTerms,
  sealTerms,
} from '../../../lib/core/keys/link-terms.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { readTermsVectors } from '../../vectors/keys/terms-vectors.js';
import { bitFlips, truncations } from '../damage.js';
import * as floe from '../floe/floe-twin.js';
import { thrownBy } from '../thrown.js';

const key = SecretKey.random();
const HASH = 'A'.repeat(43);
const TERMS: LinkTerms = {
  expiresAt: 1_800_000_000_000,
  notBefore: null,
  maxDownloads: 3,
  password: `1.${'s'.repeat(22)}.${'h'.repeat(43)}`,
};

const seal = (terms: LinkTerms) => sealTerms(key, terms, HASH);
const open = (text: string) => openTerms(key, text, HASH);
const blobOf = (text: string) => Buffer.from(text.slice(2), 'base64url');

/** Seals any text as terms would be. */
function sealText(text: string, aad = associatedData('link', HASH)): string {
  const message = encryptShort(key, Buffer.from(text), aad);
  return `1.${message.toString('base64url')}`;
}

/** What KEYS.md binds terms to, written anew. */
function aadOf(hash: string): Buffer {
  const link = Buffer.from('file-encryptor/1\0\0\0\x04link\0\0\0\x2b');
  return Buffer.concat([link, Buffer.from(hash)]);
}

describe('the terms of a link', () => {
  it('open to what was sealed', () => {
    const anyTerms = fc.record({
      expiresAt: fc.maxSafeNat(),
      notBefore: fc.option(fc.maxSafeNat()),
      maxDownloads: fc.integer({ min: 1 }),
      password: fc.option(fc.string({ maxLength: 80 })),
    });
    fc.assert(
      fc.property(anyTerms, (terms) => {
        expect(open(seal(terms))).toEqual(terms);
      }),
    );
  });

  it('keep nothing else', () => {
    const more = { ...TERMS, remaining: 9, toJSON: () => 'nothing' };
    expect(open(seal(more))).toEqual(TERMS);
  });

  it('are another text each time, of one length, and show no password', () => {
    const texts = [
      seal(TERMS),
      seal(TERMS),
      seal({ ...TERMS, password: null }),
    ];
    expect(new Set(texts).size).toBe(3);
    expect(new Set(texts.map((text) => text.length)).size).toBe(1);
    expect(blobOf(seal(TERMS)).includes('hhhh')).toBe(false);
    // Header and segment around one block of padding.
    expect(blobOf(seal(TERMS))).toHaveLength(74 + 32 + 256);
  });
});

describe('sealed terms', () => {
  const text = seal(TERMS);

  it('are refused in the row of another link, or under another file', () => {
    for (const hash of ['', HASH.toLowerCase(), `B${HASH.slice(1)}`]) {
      expect(() => openTerms(key, text, hash)).toThrow(IntegrityError);
    }
    const other = SecretKey.random();
    expect(() => openTerms(other, text, HASH)).toThrow(IntegrityError);
  });

  it('are refused with any bit flipped, and cut at any character', () => {
    for (const changed of bitFlips(blobOf(text))) {
      const flipped = `1.${changed.toString('base64url')}`;
      expect(() => open(flipped)).toThrow(IntegrityError);
    }
    for (const cut of truncations(text)) {
      expect(() => open(cut)).toThrow(IntegrityError);
    }
  });

  it.each([
    ['of version 2', text.replace(/^1/, '2')],
    ['without a version', text.slice(2)],
    ['with padding', `${text}=`],
    ['that are empty', ''],
  ])('are refused %s', (_how, changed) => {
    expect(() => open(changed)).toThrow(FormatError);
  });

  it('are no file information, and file information is none of them', () => {
    const information = { name: 'a', type: 'b', size: 1 };
    const sealed = sealInformation(key, information, HASH);
    expect(() => open(sealed)).toThrow(IntegrityError);
    const asInformation = sealText(
      JSON.stringify(TERMS),
      associatedData('info', HASH),
    );
    expect(() => open(asInformation)).toThrow(IntegrityError);
  });

  it.each([
    ['no JSON', 'expires'],
    ['null', 'null'],
    ['no end', { ...TERMS, expiresAt: undefined }],
    ['an end that is a text', { ...TERMS, expiresAt: '1' }],
    ['an end below zero', { ...TERMS, expiresAt: -1 }],
    ['a broken end', { ...TERMS, expiresAt: 1.5 }],
    ['no beginning, not even null', { ...TERMS, notBefore: undefined }],
    ['no number of downloads', { ...TERMS, maxDownloads: undefined }],
    ['no download', { ...TERMS, maxDownloads: 0 }],
    ['no password, not even null', { ...TERMS, password: undefined }],
    ['a password that is a number', { ...TERMS, password: 1 }],
  ])('are refused when they hold %s, and are not repeated', (_what, held) => {
    const json = typeof held === 'string' ? held : JSON.stringify(held);
    const error = thrownBy(() => open(sealText(json)));
    expect(error).toBeInstanceOf(IntegrityError);
    expect((error as Error).message).not.toContain('expires');
  });
});

describe('the documented format of terms', () => {
  it('is all that another implementation needs', () => {
    const bytes = Buffer.alloc(32, 0x5a);
    const json = Buffer.from(JSON.stringify(TERMS).padEnd(256));
    const sealed = floe.encrypt(bytes, aadOf(HASH), json, 65_536);
    const text = `1.${sealed.toString('base64url')}`;
    expect(openTerms(SecretKey.from(bytes), text, HASH)).toEqual(TERMS);
  });

  it('of what version 1 wrote stands unchanged', () => {
    const file = new URL('../../vectors/keys/link-terms.json', import.meta.url);
    const digest = createHash('sha256').update(readFileSync(file));
    expect(digest.digest('hex')).toBe(
      '07f777163dba5fa0a251be6d6c3371ae4357ee4d7d5c88b304b0254b1a06daba',
    );
  });

  it.each(readTermsVectors())('opens the terms of $hash', (vector) => {
    const { dataKey, hash, text, ...terms } = vector;
    const bytes = Buffer.from(dataKey, 'hex');
    expect(openTerms(SecretKey.from(bytes), text, hash)).toEqual(terms);
    const json = floe.decrypt(bytes, aadOf(hash), blobOf(text)).toString();
    expect(json.length % 256).toBe(0);
    expect(json.trimEnd()).toBe(JSON.stringify(terms));
  });
});
