import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zipNames } from '../../lib/download/zip-names.js';

describe('the names in a zip', () => {
  it.each([
    [[], []],
    [['a.pdf'], ['a.pdf']],
    [
      ['b', 'a', 'c'],
      ['b', 'a', 'c'],
    ],
    [
      ['a.pdf', 'a.pdf', 'a.pdf'],
      ['a.pdf', 'a (2).pdf', 'a (3).pdf'],
    ],
    [
      ['a', 'a'],
      ['a', 'a (2)'],
    ],
    [
      ['.profile', '.profile'],
      ['.profile', '.profile (2)'],
    ],
    [
      ['', ''],
      ['file', 'file (2)'],
    ],
    [
      ['x', '../x', '/x'],
      ['x', 'x (2)', 'x (3)'],
    ],
    [
      ['CON', '_con'],
      ['_CON', '_con (2)'],
    ],
  ])('of %j are %j', (names, expected) => {
    expect(zipNames(names)).toEqual(expected);
  });

  it.each([
    [
      ['a.pdf', 'a.pdf', 'a (2).pdf'],
      ['a.pdf', 'a (3).pdf', 'a (2).pdf'],
    ],
    [
      ['a (2).pdf', 'a.pdf', 'a.pdf', 'a (2).pdf'],
      ['a (2).pdf', 'a.pdf', 'a (3).pdf', 'a (2) (2).pdf'],
    ],
    [
      ['a.pdf', 'A.PDF', 'A (2).pdf'],
      ['a.pdf', 'A (3).PDF', 'A (2).pdf'],
    ],
  ])('leave a given name to its file: %j', (names, expected) => {
    expect(zipNames(names)).toEqual(expected);
  });

  it.each([
    ['a.pdf', 'A.PDF', 'A (2).PDF'],
    ['ÄRGER', 'ärger', 'ärger (2)'],
    ['é.txt', 'e\u0301.txt', 'e\u0301 (2).txt'],
    ['É.txt', 'e\u0301.txt', 'e\u0301 (2).txt'],
    ['straße', 'STRASSE', 'STRASSE (2)'],
    ['ΑΣ', 'ας', 'ας (2)'],
    ['\u212b', 'å', 'å (2)'],
    ['α\u0301\u0345', 'α\u0345\u0301', 'α\u0345\u0301 (2)'],
    ['a\u200bb', 'ab', 'ab (2)'],
  ])('differ where %j and %j are one name', (first, second, numbered) => {
    expect(zipNames([first, second])).toEqual([first, numbered]);
  });

  it('keep the extension when they are cut for a number', () => {
    const long = `${'報'.repeat(100)}.pdf`;
    const [first = '', second = ''] = zipNames([long, long]);
    expect(first).toMatch(/^報{78}\.pdf$/);
    expect(second).toMatch(/^報{74} \(2\)\.pdf$/);
  });

  it('differ where only the ends of long names do', () => {
    const ends = ['a', 'b', 'c'].map((end) => 'x'.repeat(239) + end);
    const names = zipNames([...ends, ...ends]);
    expect(names.slice(0, 3)).toEqual(ends);
    expect(new Set(names).size).toBe(6);
  });

  it('are unlike each other, whatever was given', () => {
    const name = fc.oneof(
      fc.constantFrom('a', 'A', 'a (2)', 'a (3)', 'a.b', 'A (2).b', 'a(2)'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 40 }), (given) => {
        const names = zipNames(given);
        const keys = names.map((one) => one.normalize('NFC').toLowerCase());
        expect(new Set(keys).size).toBe(given.length);
      }),
    );
  });

  it('are found in as many steps as there are names', () => {
    const count = 8000;
    const equal = zipNames(Array<string>(count).fill('a.pdf'));
    expect(equal.at(-1)).toBe(`a (${count}).pdf`);
    // Each of them is cut to the same stem before it is numbered.
    const long = Array.from(
      { length: count / 2 },
      (_, index) => 'x'.repeat(235) + String(index).padStart(5, '0'),
    );
    expect(new Set(zipNames([...long, ...long])).size).toBe(count);
  });
});
