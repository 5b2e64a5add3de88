import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  lastChange,
  storeFile,
} from '../download/download-server.js';
import { openDescriptors } from '../e2e/descriptors.js';
import { eventually } from '../e2e/eventually.js';
import { begin, receive } from '../e2e/http-client.js';
import { Links } from '../e2e/linked-documents.js';
import { linkServerOf } from '../links/link-server.js';
import { useCountedApp } from './counted-app.js';

const SIZE = 50_000_000;

// D-20
describe.each(ADAPTERS)('HEAD of a large file on %s', (_, parts) => {
  const { app, take } = useCountedApp({
    ...parts,
    controllers: [Downloads, Links],
  });
  let filename = '';
  beforeAll(async () => {
    filename = await storeFile(app.running, app.content(SIZE));
  });

  it.each(DELIVERIES)(
    'by %s tells what GET tells, and reads nothing of it',
    async (delivery) => {
      const url = `${app.running.url}/files/${filename}?delivery=${delivery}`;
      const full = await begin(url);
      full.destroy();
      const wanted = lasting(full.headers);
      expect(wanted).toMatchObject({
        'content-length': String(SIZE),
        'content-type': expect.stringMatching(/^text\/plain/) as string,
        'content-disposition': 'attachment; filename=a.txt',
        etag: expect.stringMatching(/^"[\w-]{22}"$/) as string,
        'accept-ranges': 'bytes',
      });
      await untilQuiet();
      const changed = lastChange(app.running);
      const head = await receive(url, { method: 'HEAD' });
      expect(head).toMatchObject({ status: 200, broken: false });
      expect(head.body).toHaveLength(0);
      expect(lasting(head.headers)).toEqual(wanted);
      expect(take()).toEqual([]);
      expect(lastChange(app.running)).toBe(changed);
    },
  );

  it('of a link counts no use, and reads nothing of it', async () => {
    const links = linkServerOf(app.running);
    const { id, url, secret } = await links.link(filename);
    app.keepSecret(secret);
    const before = await links.row(id);
    await untilQuiet();
    const changed = lastChange(app.running);
    const head = await receive(url, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, broken: false });
    expect(head.body).toHaveLength(0);
    expect(await links.row(id)).toEqual(before);
    expect(take()).toEqual([]);
    expect(lastChange(app.running)).toBe(changed);
  });

  /** A download that was abandoned is read no further, and its file is gone. */
  async function untilQuiet(): Promise<void> {
    const { folder } = app.running;
    await eventually(() => {
      const places = ['data', 'tmp'].map((name) => join(folder, name));
      expect(places.map(openDescriptors)).toEqual([0, 0]);
    });
    take();
  }
});

/** Headers that do not depend on when and how the answer was sent. */
function lasting(headers: NodeJS.Dict<string | string[]>): object {
  const { date: _, connection: __, 'keep-alive': ___, ...rest } = headers;
  return rest;
}
