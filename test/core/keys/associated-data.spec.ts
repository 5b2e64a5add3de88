import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTENT_AAD } from '../../../lib/core/container/write-container.js';
import {
  associatedData,
  type Purpose,
} from '../../../lib/core/keys/associated-data.js';

const PURPOSES: readonly Purpose[] = [
  'token',
  'data-key',
  'info',
  'link',
  'content',
];

describe('associated data', () => {
  it('is the domain, then purpose and fields behind their lengths', () => {
    expect(
      associatedData('token', '-YKfnZP_9fA', 'user=1').toString('hex'),
    ).toBe(
      [
        '66696c652d656e63727970746f722f31', // file-encryptor/1
        '00000005746f6b656e', // token
        '0000000b2d594b666e5a505f396641', // -YKfnZP_9fA
        '00000006757365723d31', // user=1
      ].join(''),
    );
  });

  it('of the content is its purpose alone', () => {
    expect(CONTENT_AAD.toString('latin1')).toBe(
      'file-encryptor/1\0\0\0\x07content',
    );
  });

  it('counts bytes of UTF-8, not letters', () => {
    const aad = associatedData('info', 'é😀');
    expect(aad.subarray(-10).toString('hex')).toBe('00000006c3a9f09f9880');
  });

  it('keeps an empty field', () => {
    expect(associatedData('info', '').subarray(-4)).toEqual(Buffer.alloc(4));
  });

  it('is another for any other purpose or fields', () => {
    const input = fc.tuple(
      fc.constantFrom(...PURPOSES),
      fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(input, input, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        const bytes = ([purpose, fields]: typeof one) =>
          associatedData(purpose, ...fields);
        expect(bytes(one).equals(bytes(other))).toBe(same);
      }),
    );
  });

  it.each([
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [['a', ''], ['a']],
    [
      ['', 'a'],
      ['a', ''],
    ],
    [['a\0\0\0\x01b'], ['a', 'b']],
  ])('does not confuse %j with %j', (one, other) => {
    expect(associatedData('info', ...one)).not.toEqual(
      associatedData('info', ...other),
    );
  });
});
