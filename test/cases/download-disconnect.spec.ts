import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  storeFile,
} from '../download/download-server.js';
import { openDescriptors } from '../e2e/descriptors.js';
import { eventually } from '../e2e/eventually.js';
import { abandon, begin, receive } from '../e2e/http-client.js';
import { Links } from '../e2e/linked-documents.js';
import { linkServerOf } from '../links/link-server.js';
import { useCaseApp } from './case-app.js';

const SIZE = 20_000_000;
const TIMES = 50;
/** What is received before the connection is destroyed. */
const RECEIVED = 64 * 1024;

// D-18
describe.each(ADAPTERS)('a receiver that goes away from %s', (_, parts) => {
  const app = useCaseApp({ controllers: [Downloads, Links], ...parts });
  let content: Buffer;
  let filename = '';
  beforeAll(async () => {
    content = app.content(SIZE);
    filename = await storeFile(app.running, content);
  });
  beforeEach(() => app.running.log.clear());

  describe.each(DELIVERIES)('in a download by %s', (delivery) => {
    it('leaves nothing open after 64 KB, fifty times', async () => {
      let most = 0;
      for (let time = 0; time < TIMES; time += 1) {
        await cutOff(url(delivery), () => (most = Math.max(most, open())));
      }
      expect(most).toBeGreaterThan(0);
      await expectAllClosed();
    });

    it('leaves nothing open before the first byte, fifty times', async () => {
      for (let time = 0; time < TIMES; time += 1) await abandon(url(delivery));
      await eventually(() => expect(open()).toBe(0));
      await expectAllClosed();
    });

    it('leaves nothing open of the requests that wait for their turn', async () => {
      for (let time = 0; time < TIMES / 10; time += 1) {
        const socket = await sendAtOnce(
          Array<string>(3).fill(`GET ${url(delivery)}`),
        );
        // Each has opened its file, and one has the connection.
        await eventually(() => expect(open()).toBeGreaterThanOrEqual(3));
        await destroy(socket);
        await eventually(() => expect(open()).toBe(0));
      }
      await expectAllClosed();
    });
  });

  it('gets the uses of its links back, also of those that wait for their turn', async () => {
    const links = linkServerOf(app.running);
    const shared = await Promise.all([1, 2, 3].map(() => links.link(filename)));
    for (const { secret } of shared) app.keepSecret(secret);
    const states = async () => {
      const rows = await Promise.all(shared.map(({ id }) => links.row(id)));
      return rows.map(
        ({ leaseState, remaining }) => `${leaseState} ${remaining}`,
      );
    };
    const socket = await sendAtOnce(shared.map(({ url: at }) => `POST ${at}`));
    await eventually(async () => {
      expect(await states()).toEqual(Array(3).fill('running 0'));
    });
    await destroy(socket);
    await eventually(async () => {
      expect(await states()).toEqual(Array(3).fill('broken 1'));
    });
    await expectAllClosed();
  });

  function url(delivery: string): string {
    return `${app.running.url}/files/${filename}?delivery=${delivery}`;
  }

  /** Containers that are read, and temporary files, whether they have a name or not. */
  function open(): number {
    const { folder } = app.running;
    const places = ['data', 'tmp'].map((name) => join(folder, name));
    return places.reduce((sum, place) => sum + openDescriptors(place), 0);
  }

  /** And nobody hears of it, and the next one is served. */
  async function expectAllClosed(): Promise<void> {
    await eventually(() => expect(open()).toBe(0));
    const { log } = app.running;
    expect(log.lines.filter(({ level }) => level !== 'log')).toEqual([]);
    const { status, broken, body } = await receive(url('stream'));
    expect({ status, broken }).toEqual({ status: 200, broken: false });
    expect(body.equals(content)).toBe(true);
  }
});

/** Sends requests over one connection before any is answered. */
async function sendAtOnce(lines: readonly string[]): Promise<Socket> {
  const { port, hostname } = new URL(lines[0]?.split(' ')[1] ?? '');
  const socket = connect(Number(port), hostname);
  const requests = lines.map(
    (line) =>
      `${line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`,
  );
  socket.write(requests.join(''));
  await once(socket, 'readable');
  return socket;
}

async function destroy(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
}

/** Receives the beginning, and destroys the connection. */
async function cutOff(url: string, look: () => void): Promise<void> {
  const response = await begin(url);
  let received = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received >= RECEIVED) break;
  }
  look();
  expect(response.complete).toBe(false);
}
