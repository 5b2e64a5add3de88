import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { offeredName, safeName } from '../../lib/download/safe-name.js';

describe('a safe name', () => {
  it.each([
    'a.pdf',
    'A report, 2nd (final).PDF',
    '.profile',
    'archive.tar.gz',
    ' a b ',
    '報告 é😀.txt',
    'e\u0301.txt',
    '👨\u200d👩\u200d👧.png',
    "it's 100% #1 & more.txt",
    '-rf',
    '__proto__',
    'console.log',
    'com.txt',
    'com10',
  ])('is the given one where that does no harm: %j', (name) => {
    expect(safeName(name)).toBe(name.trimEnd());
  });

  it.each([
    ['../x', 'x'],
    ['../../etc/passwd', 'passwd'],
    ['/etc/passwd', 'passwd'],
    ['..\\..\\x.txt', 'x.txt'],
    ['C:\\folder\\x.txt', 'x.txt'],
    ['\\\\server\\share\\x', 'x'],
    ['a/b\\c.txt', 'c.txt'],
    ['C:x.txt', 'C_x.txt'],
    ['x.txt:stream', 'x.txt_stream'],
  ])('has no path: %j', (name, safe) => {
    expect(safeName(name)).toBe(safe);
  });

  it.each([
    '',
    '.',
    '..',
    '...',
    ' ',
    '. . .',
    '/',
    'a/',
    'a\\',
    'a/..',
    '.\u0000.',
    '\u202e..',
    '\r\n',
  ])('is never empty, nor a folder: %j', (name) => {
    expect(safeName(name)).toBe('file');
  });

  it.each([
    ['a\u0000b.txt', 'ab.txt'],
    ['a\r\nb.txt', 'ab.txt'],
    ['a\u007f\u0085b', 'ab'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['\u2066a\u2069\u200e\u200f\u061c', 'a'],
    ['a\u2028b\u2029', 'ab'],
    ['a\ud800b', 'a\ufffdb'],
  ])('has no character that hides another: %j', (name, safe) => {
    expect(safeName(name)).toBe(safe);
  });

  it.each([
    ['a<b>c"d|e?f*g', 'a_b_c_d_e_f_g'],
    ['a.', 'a'],
    ['a.txt. . ', 'a.txt'],
    ['a.\u202e', 'a'],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    ['nul .txt', '_nul .txt'],
    ['NUL.tar.gz', '_NUL.tar.gz'],
    ['aux.', '_aux'],
    ['Prn', '_Prn'],
    ['COM1', '_COM1'],
    ['lpt9.x', '_lpt9.x'],
    ['COM¹', '_COM¹'],
    ['CONIN$', '_CONIN$'],
    ['conout$.x', '_conout$.x'],
  ])('is one that Windows takes for a file: %j', (name, safe) => {
    expect(safeName(name)).toBe(safe);
  });

  it.each([
    [`${'x'.repeat(300)}.pdf`, `${'x'.repeat(236)}.pdf`],
    [`${'x'.repeat(300)}.pdf. `, `${'x'.repeat(236)}.pdf`],
    [`${'報'.repeat(300)}.pdf`, `${'報'.repeat(78)}.pdf`],
    [`${'x'.repeat(239)}. ${'y'.repeat(60)}`, 'x'.repeat(239)],
    [`CON${'\u0301'.repeat(200)}.txt`, 'CO.txt'],
    [`NULx${'\u0301'.repeat(200)}.txt`, '_NUL.txt'],
    [`a${'\u0301'.repeat(200)}`, 'file'],
    [`CON.${'x.'.repeat(117)}yy`, `_CON.${'x.'.repeat(116)}.yy`],
  ])('fits into a file system: %j', (name, safe) => {
    expect(safeName(name)).toBe(safe);
  });

  it('is safe already', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const safe = safeName(name);
        expect(safeName(safe)).toBe(safe);
        expect(safe).toMatch(/^[^/\\:\p{Cc}\p{Bidi_Control}]*[^/\\:. ]$/u);
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(240);
      }),
    );
  });
});

describe('an offered name', () => {
  it('is not empty where one letter is all of it, and too long', () => {
    expect(offeredName(`a${'\u0301'.repeat(300)}`)).toBe('file');
  });

  it.each(['a "b".txt', 'a: b?', '報告 é😀.txt', '.profile', ' a '])(
    'is the given one where it was cleaned: %j',
    (name) => {
      expect(offeredName(name)).toBe(name);
    },
  );

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['a\\b.txt', 'b.txt'],
    ['a\r\nb.txt', 'ab.txt'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['..', 'file'],
    ['', 'file'],
  ])('is made safe where it comes from elsewhere: %j', (name, safe) => {
    expect(offeredName(name)).toBe(safe);
  });
});
