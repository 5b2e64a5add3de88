import { describe, expect, it } from 'vitest';
import type { FileDescription } from 'nestjs-file-encryptor';
import { Compressing } from '../download/compressing.js';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  storeFile,
} from '../download/download-server.js';
import { postForm } from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { FILE_HEADS, HTML, SVG } from '../upload/file-heads.js';
import { KeptUploads } from '../upload/kept-uploads.js';
import { useCaseApp } from './case-app.js';

const C = 65_536;

// D-22
describe.each(ADAPTERS)('the length of a download on %s', (_, parts) => {
  const app = useCaseApp({ controllers: [Downloads], ...parts });

  describe.each(DELIVERIES)('by %s', (delivery) => {
    it.each([1, C, 5_000_000])('is that of %i bytes', async (size) => {
      const content = app.content(size);
      // One letter is in every text.
      if (size === 1) content.fill(7);
      const filename = await storeFile(app.running, content);
      const url = `${app.running.url}/files/${filename}?delivery=${delivery}`;
      const { status, broken, headers, body } = await receive(url);
      expect({ status, broken }).toEqual({ status: 200, broken: false });
      expect(headers['content-length']).toBe(String(size));
      expect(body.equals(content)).toBe(true);
    });
  });
});

// D-22
describe('a text on a server that compresses', () => {
  const app = useCaseApp({ controllers: [Downloads], imports: [Compressing] });

  it.each(DELIVERIES)(
    'leaves by %s as it is, whole or in part',
    async (way) => {
      const content = app.content(200_000);
      const filename = await storeFile(app.running, content);
      const url = `${app.running.url}/files/${filename}?delivery=${way}`;
      const gzip = { 'Accept-Encoding': 'gzip' };
      for (const [status, headers, wanted] of [
        [200, gzip, content],
        [
          206,
          { ...gzip, Range: 'bytes=1000-1999' },
          content.subarray(1000, 2000),
        ],
      ] as const) {
        const answer = await receive(url, { headers });
        expect(answer).toMatchObject({ status, broken: false });
        expect(answer.headers['content-encoding']).toBeUndefined();
        expect(answer.headers['content-length']).toBe(String(wanted.length));
        expect(answer.body.equals(wanted)).toBe(true);
      }
    },
  );
});

/** What a client declares, and what it sends. */
type Sample = readonly [name: string, type: string, head: Uint8Array | string];

const RUNNING: readonly Sample[] = [
  ['a.svg', 'image/svg+xml', SVG],
  ['b.html', 'text/html', HTML],
  ['c.png', 'text/html', FILE_HEADS.png.bytes],
  ['d.txt', 'image/png', HTML],
  ['e.xml', 'application/xml', FILE_HEADS.xml.bytes],
];

const SHOWN: readonly Sample[] = [
  ['a.png', 'image/png', FILE_HEADS.png.bytes],
  ['b.jpeg', 'image/jpeg', FILE_HEADS.jpeg.bytes],
  ['c.gif', 'image/gif', FILE_HEADS.gif.bytes],
  ['d.webp', 'image/webp', FILE_HEADS.webp.bytes],
  ['e.pdf', 'application/pdf', FILE_HEADS.pdf.bytes],
  ['f.txt', 'text/plain', FILE_HEADS['text of ASCII'].bytes],
  ['g.mp3', 'audio/mpeg', FILE_HEADS['mp3 with ID3'].bytes],
  ['h.mp4', 'video/mp4', FILE_HEADS.mp4.bytes],
];

const SCRIPTS = /html|svg|xml|script/i;

// D-23
describe.each(ADAPTERS)('a file that was uploaded, on %s', (adapter, parts) => {
  // Forms are read on Express alone.
  const isExpress = adapter === 'Express';
  const controllers = isExpress ? [KeptUploads, Downloads] : [Downloads];
  const app = useCaseApp({ controllers, ...parts });

  it.each(RUNNING)('as %s of type %s is never shown', async (...sample) => {
    const { url, content } = await uploaded(sample);
    for (const query of ['', '?disposition=inline']) {
      const { status, headers, body } = await receive(url + query);
      expect(status).toBe(200);
      expect(headers).toMatchObject(guards('attachment'));
      expect(headers['content-type']).not.toMatch(SCRIPTS);
      expect(body.equals(content)).toBe(true);
    }
  });

  it.each(SHOWN)('as %s of type %s is shown if asked', async (...sample) => {
    const [, type] = sample;
    const { url, content } = await uploaded(sample);
    for (const [query, how] of [
      ['', 'attachment'],
      ['?disposition=inline', 'inline'],
    ] as const) {
      const { status, headers, body } = await receive(url + query);
      expect(status).toBe(200);
      expect(headers).toMatchObject(guards(how));
      expect(headers['content-type']).toContain(type);
      expect(body.equals(content)).toBe(true);
    }
  });

  async function uploaded([name, type, head]: Sample) {
    const content = Buffer.concat([Buffer.from(head), app.content(100)]);
    const filename = isExpress
      ? await posted({ name, type, content })
      : await storeFile(app.running, content, { name, type });
    return { url: `${app.running.url}/files/${filename}`, content };
  }

  async function posted({ name, type, content }: Posted): Promise<string> {
    const disposition = `name="file"; filename="${name}"`;
    const part = { disposition, type, content };
    const { json } = await postForm(`${app.running.url}/one`, part);
    return (json as FileDescription).filename;
  }
});

interface Posted {
  readonly name: string;
  readonly type: string;
  readonly content: Buffer;
}

/** Nothing of it runs, and nobody makes another type of it. */
function guards(how: 'attachment' | 'inline') {
  return {
    'content-disposition': expect.stringMatching(`^${how};`) as string,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
  };
}
