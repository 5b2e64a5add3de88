import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import { decodeBase64url } from '../../../lib/core/keys/base64url.js';

describe('stored base64url', () => {
  it('decodes to what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64url');
        expect(decodeBase64url(text)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('has one spelling: any accepted text is the encoding of its bytes', () => {
    const text = fc.string({
      unit: fc.constantFrom(...'AQgw-_+/=. \n\0é'.split('')),
      maxLength: 12,
    });
    fc.assert(
      fc.property(text, (candidate) => {
        const bytes = decodeOrRefuse(candidate);
        fc.pre(bytes !== undefined);
        expect(bytes?.toString('base64url')).toBe(candidate);
      }),
      { numRuns: 300, maxSkipsPerRun: 10_000 },
    );
  });

  it.each([
    ['padding', 'AA=='],
    ['spare bits', 'AB'],
    ['a lone letter', 'AAAAA'],
    ['the other alphabet', '+/+/'],
    ['white space', 'AA AA'],
    ['a line end', 'AAAA\n'],
    ['a letter of no alphabet', 'AAA.'],
    ['an end of text within', 'AA\0AA'],
    ['padding within', 'AA==AA'],
  ])('has no %s', (_what, text) => {
    expect(() => decodeBase64url(text)).toThrow(FormatError);
  });
});

/** Undefined for a text that is refused as it should be. */
function decodeOrRefuse(text: string): Buffer | undefined {
  try {
    return decodeBase64url(text);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
