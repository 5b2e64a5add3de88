import { parse } from 'content-disposition';
import { describe, expect, it } from 'vitest';
import {
  type DownloadFacts,
  downloadHeaders,
} from '../../lib/download/download-headers.js';

const FACTS = {
  name: 'a.txt',
  type: 'text/plain',
  detected: 'text/plain',
  disposition: 'attachment',
} as const;

describe('the headers of a download', () => {
  it('say what it is, and that nothing else may be made of it', () => {
    expect(downloadHeaders(FACTS)).toEqual({
      'Content-Type': 'text/plain',
      'Content-Disposition': 'attachment; filename=a.txt',
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
    });
  });

  it.each([
    'report.txt',
    '報告 é😀.txt',
    'café.txt',
    'say "hi".txt',
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
    ['image/png', 'image/png'],
    ['image/png', 'image/apng'],
    ['image/jpeg', 'image/jpeg'],
    ['image/gif', 'image/gif'],
    ['image/webp', 'image/webp'],
    ['image/avif', 'image/avif'],
    ['application/pdf', 'application/pdf'],
    ['text/plain', 'text/plain'],
    ['audio/mpeg', 'audio/mpeg'],
    ['video/mp4', 'video/mp4'],
    ['audio/mp4', 'video/mp4'],
    ['video/webm', 'audio/ogg'],
    ['IMAGE/PNG', 'image/png'],
    [' image/png ; name=a', 'image/png'],
    ['text/plain; charset=latin1', 'text/plain'],
    ['Audio/OGG; codecs=opus', 'audio/ogg'],
  ])('show %s that begins as %s, where that is asked', (type, detected) => {
    const facts = { type, detected };
    expect(disposition({ ...facts, disposition: 'inline' })).toMatch(
      /^inline;/,
    );
    expect(disposition({ ...facts, disposition: 'attachment' })).toMatch(
      /^attachment;/,
    );
  });

  it.each([
    ['image/png', undefined],
    ['image/png', ''],
    ['image/png', 'text/plain'],
    ['image/png', 'image/jpeg'],
    ['image/png', 'image/pngs'],
    ['image/jpeg', 'image/png'],
    ['image/gif', 'image/apng'],
    ['image/apng', 'image/apng'],
    ['text/plain', undefined],
    ['text/plain', 'application/xml'],
    ['text/plain', 'image/png'],
    ['application/pdf', 'text/plain'],
    ['audio/mpeg', undefined],
    ['audio/mpeg', 'text/plain'],
    ['audio/mpeg', 'application/ogg'],
    ['video/mp4', 'image/gif'],
    ['image/png', 'video/mp4'],
  ])('attach %s that begins as %s', (type, detected) => {
    const facts = { type, detected, disposition: 'inline' } as const;
    expect(disposition(facts)).toMatch(/^attachment;/);
    expect(headersOf(facts)['Content-Type']).toBe(
      type === 'image/apng' ? 'application/octet-stream' : type,
    );
  });

  it.each([
    'text/html',
    'image/svg+xml',
    'application/xml',
    'text/xml',
    'application/xhtml+xml',
    'text/javascript',
    'application/javascript',
    'application/json',
    'text/css',
    'text/vtt',
    'application/wasm',
    'application/octet-stream',
    'multipart/mixed',
    'multipart/x-mixed-replace',
    'x-video/mp4',
    'video/',
    'video/mp4, text/html',
    'text/html;image/png',
    'image/png,text/html',
    'image/png\r\nX: y',
    'image/png\u0000',
    'video/mp4\r\nX: y',
    'video/mp\u0144',
    '__proto__',
    '',
    ';',
  ])('attach %j as bytes of no type, whatever it begins as', (type) => {
    for (const detected of [type, 'image/png', 'text/plain', 'video/mp4']) {
      const facts = { type, detected, disposition: 'inline' } as const;
      expect(disposition(facts)).toMatch(/^attachment;/);
      expect(headersOf(facts)['Content-Type']).toBe('application/octet-stream');
    }
  });

  it('say in which letters a text is that is shown, and only then', () => {
    const type = 'text/plain; charset=utf-7';
    expect(headersOf({ type, disposition: 'inline' })['Content-Type']).toBe(
      'text/plain; charset=utf-8',
    );
    expect(headersOf({ type })['Content-Type']).toBe('text/plain');
    const detected = undefined;
    expect(
      headersOf({ type, detected, disposition: 'inline' })['Content-Type'],
    ).toBe('text/plain');
  });
});

function headersOf(facts: Partial<DownloadFacts>) {
  return downloadHeaders({ ...FACTS, ...facts });
}

function disposition(facts: Partial<DownloadFacts>): string {
  return headersOf(facts)['Content-Disposition'] ?? '';
}

/** The name that a client reads out of the header. */
function offered(name: string): string {
  return parse(disposition({ name })).parameters['filename'] ?? '';
}
