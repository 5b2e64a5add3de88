import { describe, expect, it } from 'vitest';
import {
  cleanFileName,
  cleanMediaType,
  decodeFileName,
  MAX_NAME_BYTES,
} from '../../lib/upload/file-name.js';

describe('decodeFileName', () => {
  it.each([
    ['\u00e5\u00a0\u00b1', '報'],
    ['caf\u00e9', 'café'],
    ['報', '報'],
    ['', ''],
    // A byte order mark is a letter of the name.
    ['\u00ef\u00bb\u00bfa', '\ufeffa'],
    // Cut UTF-8 is no UTF-8.
    ['\u00e5\u00a0', '\u00e5\u00a0'],
    // Neither is an overlong slash, which must not become one.
    ['\u00c0\u00af', '\u00c0\u00af'],
  ])('%j means %j', (name, meant) => {
    expect(decodeFileName(name)).toBe(meant);
  });
});

describe('cleanFileName', () => {
  it.each(['', '.', '..', '...', '/', 'a/', 'a\\', '\u0000', ' ', '\u202e'])(
    'calls %j a file',
    (name) => {
      expect(cleanFileName(name)).toBe('file');
    },
  );

  it('replaces halves of letters, which no UTF-8 can hold', () => {
    expect(cleanFileName('a\ud83d.txt')).toBe('a\ufffd.txt');
  });

  it('keeps joiners, without which families fall apart', () => {
    expect(cleanFileName('👨\u200d👩\u200d👧.png')).toBe(
      '👨\u200d👩\u200d👧.png',
    );
  });

  it('does not repeat a name that is too long', () => {
    const name = 'secret'.repeat(MAX_NAME_BYTES);
    expect(() => cleanFileName(name)).toThrow(/^(?!.*secret).*4096 bytes/s);
  });
});

describe('cleanMediaType', () => {
  it.each([
    ['image/png', 'image/png'],
    [' Image/PNG ; q=1', 'image/png'],
    [
      'application/vnd.ms-excel.sheet+xml',
      'application/vnd.ms-excel.sheet+xml',
    ],
    [undefined, 'application/octet-stream'],
    ['', 'application/octet-stream'],
    ['nonsense', 'application/octet-stream'],
    ['a/b/c', 'application/octet-stream'],
    ['text/<b>', 'application/octet-stream'],
    ['text/plain\r\nX: y', 'application/octet-stream'],
    [`text/${'x'.repeat(64)}`, 'application/octet-stream'],
  ])('makes of %j the type %j', (type, clean) => {
    expect(cleanMediaType(type)).toBe(clean);
  });
});
