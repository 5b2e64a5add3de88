import { describe, expect, it } from 'vitest';
import { makeTemporaryName } from '../../lib/download/temporary-name.js';

describe('the name of a temporary file', () => {
  it.each([
    ['report.pdf', '.pdf'],
    ['Photo.JPEG', '.JPEG'],
    ['archive.tar.gz', '.gz'],
    ['報告 é😀.txt', '.txt'],
    ['two\nlines.csv', '.csv'],
    ['../../etc/passwd.7z', '.7z'],
  ])('keeps the extension of %j', (realName, extension) => {
    const name = makeTemporaryName(realName);
    expect(name).toMatch(/^[0-9a-f]{32}\.[^.]+$/);
    expect(name.slice(32)).toBe(extension);
  });

  it.each([
    '',
    'README',
    '.bashrc',
    '..bashrc',
    'a.',
    'a.b/c',
    'a.b\\c',
    'a.p f',
    'a.pdf\0',
    'a.pdf\n',
    'a.é',
    'a.$(id)',
    'letter.elevenchars',
    'a.pdf::$DATA',
  ])('keeps nothing of %j', (realName) => {
    expect(makeTemporaryName(realName)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is another one each time', () => {
    const names = Array.from({ length: 100 }, () => makeTemporaryName('a.b'));
    expect(new Set(names).size).toBe(100);
  });
});
