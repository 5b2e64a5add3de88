import { parse } from 'content-disposition';
import { describe, expect, it } from 'vitest';
import { downloadHeaders } from '../../lib/download/download-headers.js';

const FACTS = {
  name: 'a.txt',
  type: 'text/plain',
  size: 7,
  disposition: 'attachment',
} as const;

describe('the headers of a download', () => {
  it('say what it is, and that nothing else may be made of it', () => {
    expect(downloadHeaders(FACTS)).toEqual({
      'Content-Type': 'text/plain',
      'Content-Length': '7',
      'Content-Disposition': 'attachment; filename=a.txt',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Cache-Control': 'private, no-store',
    });
  });

  it.each([
    'report.txt',
    '報告 é😀.txt',
    'café.txt',
    'say "hi".txt',
    'back\\slash.txt',
    "it's.txt",
    'a;b, c=d.txt',
    '100%.txt',
    '%41.txt',
    '.profile',
    '__proto__',
    'e\u0301.txt',
  ])('offer the name %j', (name) => {
    expect(offered(name)).toBe(name);
  });

  it.each([
    'a\r\nSet-Cookie: x=y.txt',
    'a\u0000b.txt',
    '報\r\nX: y.txt',
    'a\u2028b',
  ])('are one line each with the name %j', (name) => {
    const value = disposition({ name });
    // Node itself refuses what does not fit into a header.
    expect(value).toMatch(/^[\u0020-\u007e\u00a0-\u00ff]+$/);
  });

  it.each([
    ['x'.repeat(300), 240],
    ['報'.repeat(100), 240],
    ['👨\u200d👩\u200d👧'.repeat(20), 234],
  ])('cut a long name between letters: %s', (stem, bytes) => {
    const name = offered(stem);
    expect(stem.startsWith(name)).toBe(true);
    expect(Buffer.byteLength(name)).toBe(bytes);
  });

  it.each(['.txt', '.報告', '.tar', '.p7m'])(
    'keep the extension %s of a name of 300 letters',
    (extension) => {
      const name = offered('x'.repeat(300) + extension);
      expect(name).toMatch(/^x{200}/);
      expect(name.endsWith(extension)).toBe(true);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(240);
    },
  );

  it('do not take half a name for its extension', () => {
    const name = offered(`${'x'.repeat(10)}.${'y'.repeat(290)}`);
    expect(name).toMatch(/^x{10}\.y{229}$/);
  });

  it.each([
    'image/png',
    'image/jpeg',
    'image/gif',
    'image/webp',
    'image/avif',
    'application/pdf',
    'text/plain',
    'audio/mpeg',
    'video/mp4',
  ])('show %s where that is asked', (type) => {
    expect(disposition({ type, disposition: 'inline' })).toMatch(/^inline;/);
    expect(disposition({ type, disposition: 'attachment' })).toMatch(
      /^attachment;/,
    );
  });

  it.each([
    'text/html',
    'image/svg+xml',
    'application/xml',
    'text/xml',
    'application/xhtml+xml',
    'text/javascript',
    'text/css',
    'application/octet-stream',
    'multipart/mixed',
    'audio/x;y',
    'x-video/mp4',
    '',
  ])('never show %s', (type) => {
    expect(disposition({ type, disposition: 'inline' })).toMatch(
      /^attachment;/,
    );
  });
});

function disposition(facts: Partial<Parameters<typeof downloadHeaders>[0]>) {
  const { 'Content-Disposition': value = '' } = downloadHeaders({
    ...FACTS,
    ...facts,
  });
  return value;
}

/** The name that a client reads out of the header. */
function offered(name: string): string {
  return parse(disposition({ name })).parameters['filename'] ?? '';
}
