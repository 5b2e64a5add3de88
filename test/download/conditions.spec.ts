import { describe, expect, it } from 'vitest';
import { checkConditions } from '../../lib/download/conditions.js';
import { requestedRange } from '../../lib/download/requested-range.js';

const VALIDATORS = {
  etag: '"abcdefghijklmnopqrstuv"',
  lastModified: 'Sun, 06 Nov 1994 08:49:37 GMT',
};

/** More than a header can be: with the square of it, this takes minutes. */
const LENGTH = 300_000;

describe('the work for a header', () => {
  it.each(['a', '"', '",', ' ', ', ', 'W/', '"a" '])(
    'grows with its length alone: %j again and again',
    (text) => {
      const long = text.repeat(LENGTH / text.length);
      for (const name of ['if-match', 'if-none-match', 'if-range']) {
        const request = { method: 'GET', headers: { [name]: long } };
        expect(['proceed', 'failed']).toContain(
          checkConditions(request, VALIDATORS),
        );
      }
      expect(requestedRange(`bytes=${long}`, 10)).toBeUndefined();
    },
  );

  it.each(['0', '-', '0-', '-0', ' -', '= -', '0-0 '])(
    'grows with the length of a range alone: %j again and again',
    (text) => {
      const long = `bytes=${text.repeat(LENGTH / text.length)}`;
      expect([undefined, 'unsatisfiable']).toContain(requestedRange(long, 10));
    },
  );
});
