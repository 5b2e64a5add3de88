import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, IntegrityError } from '../../../lib/core/errors.js';
import {
  decryptShort,
  encryptShort,
} from '../../../lib/core/floe/short-message.js';
import { associatedData } from '../../../lib/core/keys/associated-data.js';
import {
  type FileInformation,
  openInformation,
  sealInformation,
} from '../../../lib/core/keys/file-information.js';
import { wrapDataKey } from '../../../lib/core/keys/key-chain.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { bitFlips, truncations } from '../damage.js';
import { rejectionOf } from '../thrown.js';

const key = SecretKey.random();
const ROW = '0123456789abcdef0123456789abcdef';
const REPORT: FileInformation = {
  name: 'report.pdf',
  type: 'application/pdf',
  size: 4321,
};

const seal = (information: FileInformation) =>
  sealInformation(key, information, ROW);
const open = (text: string) => openInformation(key, text, ROW);
const blobOf = (text: string) => Buffer.from(text.slice(2), 'base64url');

/** Bytes of the JSON with its padding: what is left without header and segment. */
const paddedLength = (text: string) => blobOf(text).length - 74 - 32;

/** Seals any text as information would be. */
function sealText(text: string, aad = associatedData('info', ROW)): string {
  const message = encryptShort(key, Buffer.from(text), aad);
  return `1.${message.toString('base64url')}`;
}

describe('file information', () => {
  it('opens to what was sealed', () => {
    const anyInformation = fc.record({
      name: fc.string({ unit: 'binary', maxLength: 300 }),
      type: fc.string({ unit: 'grapheme', maxLength: 40 }),
      size: fc.maxSafeNat(),
      detected: fc.option(fc.string({ maxLength: 40 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(anyInformation, (information) => {
        expect(open(seal(information))).toEqual(information);
      }),
    );
  });

  it.each([
    ['an empty name', ''],
    ['300 letters of three bytes', '報'.repeat(300)],
    ['65 000 letters', 'x'.repeat(65_000)],
    ['quotes, a line end and a zero', '"a"\\\n\0b'],
    ['half of a surrogate pair', 'a\ud83db'],
    ['a name of the prototype', '__proto__'],
  ])('keeps %s', (_what, name) => {
    const information = { name, type: 'text/plain', size: 0 };
    expect(open(seal(information))).toEqual(information);
  });

  it('keeps nothing but a name, a type, a size and what was detected', () => {
    const report = { ...REPORT, detected: 'application/pdf' };
    const more = { ...report, owner: 'alice', toJSON: () => 'nothing' };
    expect(open(seal(more))).toEqual(report);
  });

  it('is written as before where nothing was detected', () => {
    const message = blobOf(seal({ ...REPORT, detected: undefined }));
    const json = decryptShort(key, message, associatedData('info', ROW));
    expect(json.toString().trimEnd()).toBe(JSON.stringify(REPORT));
  });

  it('is another text each time, of one version and one alphabet', () => {
    expect(seal(REPORT)).not.toBe(seal(REPORT));
    expect(seal(REPORT)).toMatch(/^1\.[A-Za-z0-9_-]+$/);
  });

  it('shows nothing of the name', () => {
    const blob = blobOf(seal({ ...REPORT, name: 'CANARY'.repeat(9) }));
    expect(blob.includes('CANARY')).toBe(false);
  });

  it('has a length that is padded to a multiple of 256 bytes', () => {
    const empty = JSON.stringify({ name: '', type: '', size: 0 }).length;
    for (const [length, padded] of [
      [0, 256],
      [1, 256],
      [256 - empty, 256],
      [257 - empty, 512],
      [512 - empty, 512],
      [513 - empty, 768],
    ] as const) {
      const text = seal({ name: 'x'.repeat(length), type: '', size: 0 });
      expect(paddedLength(text)).toBe(padded);
    }
  });

  it('has the same length for any short name, type and size', () => {
    const lengths = ['a.txt', 'tax return 2024 (final).pdf', 'é😀.png'].map(
      (name, size) => seal({ name, type: 'a/b', size: size * 10 ** 9 }).length,
    );
    expect(new Set(lengths).size).toBe(1);
  });

  it('that is longer than 64 KiB is refused', () => {
    const long = { ...REPORT, name: 'x'.repeat(65_536) };
    expect(() => seal(long)).toThrow(RangeError);
    expect(() => seal(long)).toThrow(
      /^File information of \d+ bytes is too long\.$/,
    );
  });
});

describe('sealed file information', () => {
  const text = seal(REPORT);

  it('is refused in another row', () => {
    for (const row of ['', ROW.toUpperCase(), 'f'.repeat(32)]) {
      expect(() => openInformation(key, text, row)).toThrow(IntegrityError);
    }
  });

  it('is refused under another data key', () => {
    const other = SecretKey.random();
    expect(() => openInformation(other, text, ROW)).toThrow(IntegrityError);
  });

  it('is refused with any bit flipped', () => {
    for (const changed of bitFlips(blobOf(text))) {
      const flipped = `1.${changed.toString('base64url')}`;
      expect(() => open(flipped)).toThrow(IntegrityError);
    }
  });

  it('is refused cut at any character', () => {
    for (const cut of truncations(text)) {
      expect(() => open(cut)).toThrow(IntegrityError);
    }
  });

  it.each([
    ['of version 2', text.replace(/^1/, '2')],
    ['of version 10', text.replace(/^1/, '10')],
    ['without a version', text.slice(2)],
    ['with padding', `${text}=`],
    ['with white space behind it', `${text} `],
    ['with a line end', `${text}\n`],
    ['with a byte more', `${text}AA`],
    ['that is empty', ''],
    ['that is a plain name', 'report.pdf'],
  ])('is refused %s', (_how, changed) => {
    expect(() => open(changed)).toThrow(FormatError);
  });

  it('is not a wrapped key, and a wrapped key is none', () => {
    const wrapped = wrapDataKey(key, SecretKey.random(), ROW);
    const [, , blob = ''] = wrapped.split('.');
    expect(() => open(`1.${blob}`)).toThrow(IntegrityError);
    const content = sealText('{}', associatedData('content'));
    expect(() => open(content)).toThrow(IntegrityError);
  });

  it('opens with other white space than the padding of today', () => {
    expect(open(sealText(JSON.stringify(REPORT)))).toEqual(REPORT);
  });

  it('opens without what was detected, and with what a later version adds', () => {
    expect(open(sealText(JSON.stringify(REPORT))).detected).toBeUndefined();
    const later = { ...REPORT, detected: 'image/png', more: [1] };
    expect(open(sealText(JSON.stringify(later)))).toEqual({
      ...REPORT,
      detected: 'image/png',
    });
  });

  it.each([
    ['no JSON', 'report.pdf'],
    ['nothing', ''],
    ['cut JSON', '{"name":"a","type":"b","size":'],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '["a","b",3]'],
    ['no name', '{"type":"b","size":3}'],
    ['no type', '{"name":"a","size":3}'],
    ['no size', '{"name":"a","type":"b"}'],
    ['a name that is a number', '{"name":1,"type":"b","size":3}'],
    ['a size that is a text', '{"name":"a","type":"b","size":"3"}'],
    ['a size below zero', '{"name":"a","type":"b","size":-1}'],
    ['a broken size', '{"name":"a","type":"b","size":1.5}'],
    ['an unsafe size', '{"name":"a","type":"b","size":9007199254740992}'],
    ['an endless size', '{"name":"a","type":"b","size":1e999}'],
    [
      'a detected type that is a number',
      '{"name":"a","type":"b","size":3,"detected":1}',
    ],
    [
      'a detected type that is null',
      '{"name":"a","type":"b","size":3,"detected":null}',
    ],
    [
      'a detected type that is a list',
      '{"name":"a","type":"b","size":3,"detected":["image/png"]}',
    ],
  ])(
    'is refused when it holds %s, and is not repeated',
    async (_what, json) => {
      const error = await rejectionOf(
        Promise.resolve().then(() => open(sealText(json))),
      );
      expect(error).toBeInstanceOf(IntegrityError);
      expect((error as Error).message).not.toContain('report');
    },
  );
});
