import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ClientHttp2Stream, connect, constants } from 'node:http2';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../e2e/eventually.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import { damage, Downloads, storeFile } from './download-server.js';

const MEBI = 1024 * 1024;

describe('a download over HTTP/2', () => {
  const running = useRunningApp({
    controllers: [Downloads],
    options: { idleTimeout: 1 },
    // Nest has no type for an adapter of HTTP/2.
    adapter: () => new FastifyAdapter({ http2: true } as object),
  });
  afterEach(() => expectNothingOpen(running));

  it.each(['temp-file', 'verify', 'stream'])('by %s arrives', async (way) => {
    const content = randomBytes(3 * MEBI);
    const filename = await storeFile(running, content);
    const answer = await receive(`/files/${filename}?delivery=${way}`);
    expect(answer.body.equals(content)).toBe(true);
    expect(answer.code).toBe(constants.NGHTTP2_NO_ERROR);
  });

  it('that meets damage does not end like one that is whole', async () => {
    const filename = await storeFile(running, randomBytes(3 * MEBI));
    await damage(running, filename, -1);
    const answer = await receive(`/files/${filename}?delivery=stream`);
    expect(answer.status).toBe(200);
    expect(answer.body.length).toBeGreaterThan(MEBI);
    expect(answer.body.length).toBeLessThan(3 * MEBI);
    expect(answer.code).toBe(constants.NGHTTP2_INTERNAL_ERROR);
  });

  it('that nobody takes is ended, and not like one that is whole', async () => {
    const filename = await storeFile(running, randomBytes(3 * MEBI));
    const session = connect(running.url);
    const stream = session.request({ ':path': `/files/${filename}` });
    stream.on('error', () => undefined);
    await once(stream, 'response');
    // Its window is full, and nothing is read.
    await eventually(() => expect(running.log.text).toContain('taken nothing'));
    await expectNothingOpen(running);
    stream.resume();
    await closed(stream);
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
    session.close();
  });

  async function receive(path: string) {
    const session = connect(running.url);
    const stream = session.request({ ':path': path });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined);
    const [headers] = (await once(stream, 'response')) as [
      { readonly ':status': number },
    ];
    await closed(stream);
    session.close();
    const body = Buffer.concat(chunks);
    return { status: headers[':status'], body, code: stream.rstCode };
  }
});

async function closed(stream: ClientHttp2Stream): Promise<void> {
  if (!stream.closed || !stream.destroyed) {
    await new Promise((resolve) => stream.once('close', resolve));
  }
}
