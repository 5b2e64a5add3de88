import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectType, HEAD_BYTES } from '../../lib/upload/detect-type.js';
import { FILE_HEADS, HTML } from './file-heads.js';

const HEADS = Object.entries(FILE_HEADS);
const SIGNED = HEADS.map(([, { bytes }]) => bytes);

describe('the type that the first bytes show', () => {
  it.each(HEADS)('of %s', async (_, { bytes, detected }) => {
    expect(await detectType(bytes)).toBe(detected);
  });

  it.each(['png', 'avif', 'mp4', 'pdf', 'wav', 'zip', 'gzip'] as const)(
    'of %s is the same with more bytes behind it',
    async (kind) => {
      const { bytes, detected } = FILE_HEADS[kind];
      const head = Buffer.alloc(HEAD_BYTES, 0xff);
      bytes.copy(head);
      expect(await detectType(head)).toBe(detected);
    },
  );

  it.each(['é', '報', '😀'])(
    'is text where the head ends within the letter %s, not where the file does',
    async (letter) => {
      const bytes = Buffer.from(letter.repeat(HEAD_BYTES));
      const width = Buffer.byteLength(letter);
      for (let shift = 1; shift < width; shift += 1) {
        const text = Buffer.concat([Buffer.alloc(shift, 'x'), bytes]);
        expect(await detectType(text.subarray(0, HEAD_BYTES))).toBe(
          'text/plain',
        );
        const cut = text.subarray(0, shift + width * 9 - 1);
        expect(await detectType(cut)).toBeUndefined();
      }
    },
  );

  it('is not text with a broken letter before the end of the head', async () => {
    const head = Buffer.alloc(HEAD_BYTES, 'x');
    head[HEAD_BYTES - 5] = 0xc3;
    expect(await detectType(head)).toBeUndefined();
  });

  it('is not text where that is UTF-16, with a byte order mark or without', async () => {
    for (const text of ['Grüße', '\ufeffGrüße', `\ufeff${HTML}`]) {
      const little = Buffer.from(text, 'utf16le');
      expect(await detectType(little)).not.toBe('text/plain');
      expect(await detectType(little.swap16())).not.toBe('text/plain');
    }
  });

  it('of HTML is never more than text, wherever its markup begins', async () => {
    for (const space of ['', ' ', '\n\n', '\ufeff', '<!-- -->']) {
      const page = Buffer.from(space + HTML);
      expect(await detectType(page)).toBe('text/plain');
    }
  });

  it('has neither parameters nor capitals', async () => {
    // file-type calls these `audio/ogg; codecs=opus` and `video/MP2P`.
    const opus = FILE_HEADS['ogg of Opus'].bytes;
    const program = Buffer.from('000001ba4400040004010089c3f8', 'hex');
    expect(await detectType(opus)).toBe('audio/ogg');
    expect(await detectType(program)).toBe('video/mp2p');
  });

  it('is found or not, but never fails, whatever follows a beginning', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SIGNED),
        fc.nat(40),
        fc.uint8Array({ maxLength: 200 }),
        async (bytes, kept, rest) => {
          const head = Buffer.concat([bytes.subarray(0, kept), rest]);
          const detected = (await detectType(head)) ?? 'a/b';
          expect(detected).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/);
        },
      ),
      { numRuns: 500 },
    );
  });
});
