import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFile,
  mkdir,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { containerOf, DELIVERIES } from '../download/download-server.js';
import { FaultRoutes } from '../e2e/fault-routes.js';
import { begin, receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import {
  expectContent,
  expectNeutral,
  expectSettled,
  HIDDEN,
  store,
} from './aftermath.js';

/** Puts something else where a container was; gives back how to end it. */
type Exchange = (path: string, aside: string) => Promise<unknown>;

const EXCHANGES: Readonly<Record<string, readonly [Exchange, string]>> = {
  'a folder': [(path) => mkdir(path), 'STORE'],
  'a named pipe': [async (path) => execFileSync('mkfifo', [path]), 'STORE'],
  'a socket': [listenAt, 'STORE'],
  'a link to a device': [(path) => symlink('/dev/zero', path), 'STORE'],
  'a link to itself': [(path) => symlink(path, path), 'STORE'],
  'a link to the container': [(path, aside) => symlink(aside, path), 'STORE'],
  'an empty file': [(path) => writeFile(path, ''), 'FORMAT'],
  'its first half': [
    async (path, aside) => {
      await copyFile(aside, path);
      await truncate(path, 150_000);
    },
    'INTEGRITY',
  ],
  nothing: [async () => undefined, 'OBJECT_NOT_FOUND'],
};

describe('instead of a container', () => {
  const running = useRunningApp({ controllers: [FaultRoutes] });
  const content = randomBytes(300_000);
  let filename: string;
  beforeAll(async () => {
    filename = await store(running.url, content);
  });

  it.each(Object.entries(EXCHANGES))(
    '%s is told in the log, hangs nobody, and the same requests work when it is back',
    async (_, [exchange, code]) => {
      const path = containerOf(running, filename);
      const aside = join(running.folder, 'aside');
      await rename(path, aside);
      const made = await exchange(path, aside);
      const urls = [
        ...DELIVERIES.map((way) => `/files/${filename}?delivery=${way}`),
        `/named/${filename}`,
      ];
      for (const url of urls) {
        running.log.clear();
        expectNeutral(await receive(`${running.url}${url}`), HIDDEN);
        expect(running.log.text).toContain(`${code} (reference`);
        expect(running.log.text).toContain(filename);
      }
      await expectNothingOpen(running);
      if (made instanceof Object && 'close' in made) await end(made);
      await rm(path, { recursive: true, force: true });
      await rename(aside, path);
      for (const way of DELIVERIES) {
        const query = `?delivery=${way}`;
        await expectContent(running.url, filename, { content, query });
      }
      await expectSettled(running);
    },
  );
});

describe('a container that is cut while its answer leaves', () => {
  const running = useRunningApp({ controllers: [FaultRoutes] });
  /** Large enough that a client which does not read stops the server. */
  const content = randomBytes(24 * 1024 * 1024);
  afterEach(() => expectSettled(running));

  it.each(['stream', 'verify'])(
    'breaks the connection of a download by %s, and no wrong byte leaves',
    async (delivery) => {
      const { response, filename } = await beginDownload(delivery);
      const path = containerOf(running, filename);
      const aside = join(running.folder, 'aside');
      await copyFile(path, aside);
      await truncate(path, 1000);
      const { body, broken } = await rest(response);
      expect(broken).toBe(true);
      expect(body.length).toBeLessThan(content.length);
      expect(body.equals(content.subarray(0, body.length))).toBe(true);
      expect(running.log.text).toContain('The container ended while');
      await copyFile(aside, path);
      const query = `?delivery=${delivery}`;
      await expectContent(running.url, filename, { content, query });
    },
  );

  it('is nothing to a download by temp-file, which has read it', async () => {
    const { response, filename } = await beginDownload('temp-file');
    await truncate(containerOf(running, filename), 1000);
    const { body, broken } = await rest(response);
    expect(broken).toBe(false);
    expect(body.equals(content)).toBe(true);
  });

  async function beginDownload(delivery: string) {
    const filename = await store(running.url, content);
    const response = await begin(
      `${running.url}/files/${filename}?delivery=${delivery}`,
    );
    expect(response.statusCode).toBe(200);
    await once(response, 'readable');
    return { response, filename };
  }
});

async function rest(response: IncomingMessage) {
  const chunks: Buffer[] = [];
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => response.once('close', resolve));
  return { body: Buffer.concat(chunks), broken: !response.complete };
}

async function listenAt(path: string) {
  const server = createServer();
  server.listen(path);
  await once(server, 'listening');
  return server;
}

async function end(made: object): Promise<void> {
  const server = made as ReturnType<typeof createServer>;
  server.close();
  await once(server, 'close');
}
