import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  type AddressInfo,
  connect as connectTo,
  createServer,
  type Server,
  type Socket,
} from 'node:net';
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

  it('that nobody takes is ended though the connection is blocked', async () => {
    const filename = await storeFile(running, randomBytes(48 * MEBI));
    await using proxy = await Proxy.before(running.port);
    const session = connect(proxy.url, {
      settings: { initialWindowSize: 2 ** 31 - 1 },
    });
    session.on('error', () => undefined);
    session.once('connect', () => session.setLocalWindowSize(2 ** 31 - 1));
    const stream = session.request({
      ':path': `/files/${filename}?delivery=stream`,
    });
    stream.on('error', () => undefined);
    await once(stream, 'response');
    proxy.pause();
    expect(running.descriptors()).toBe(1);
    await expectNothingOpen(running);
    session.destroy();
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

/** Stands between a client and a server, and can stop what comes from this one. */
class Proxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #upstream: Socket[] = [];

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const upstream = connectTo(port, '127.0.0.1');
      this.#upstream.push(upstream);
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) {
        socket.on('error', () => undefined);
        socket.once('close', () => {
          client.destroy();
          upstream.destroy();
        });
      }
    });
  }

  static async before(port: number): Promise<Proxy> {
    const proxy = new Proxy(port);
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening');
    return proxy;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  pause(): void {
    for (const socket of this.#upstream) socket.unpipe().pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#upstream) socket.destroy();
    await once(this.#server.close(), 'close');
  }
}

async function closed(stream: ClientHttp2Stream): Promise<void> {
  if (!stream.closed || !stream.destroyed) {
    await new Promise((resolve) => stream.once('close', resolve));
  }
}
