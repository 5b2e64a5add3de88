import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { eventually } from '../e2e/eventually.js';
import { filePart, FORM_TYPE, formBytes } from '../e2e/form.js';
import { begin } from '../e2e/http-client.js';
import {
  expectContent,
  expectNeutral,
  HIDDEN,
  REAL_NAME,
  store,
  type Told,
} from './aftermath.js';
import { useFaultProcess } from './fault-process.js';

const UNHURRIED = { timeout: 120_000, tags: ['prlimit' as const] };

/** Descriptors that a process may open beside those it has. */
const FREE = 24;

/** Large enough that a client which does not read stops the server. */
const content = randomBytes(12 * 1024 * 1024);

const hasLimits = spawnSync('prlimit', ['--version']).status === 0;

describe.skipIf(!hasLimits)('a process without descriptors', UNHURRIED, () => {
  const running = useFaultProcess();

  it.each(['stream', 'temp-file'])(
    'refuses what comes beside the downloads by %s that hold them, and takes it when they are over',
    async (delivery) => {
      const { url } = running;
      const idle = running.descriptors().length;
      const filename = await store(url, content);
      const file = `/files/${filename}?delivery=${delivery}`;
      await untilDescriptors(idle);
      const ready = Array.from({ length: 3 }, connectQuietly);
      await untilDescriptors(idle + ready.length);
      const full = limit();
      const { held, refused } = await downloadUntilRefused(`${url}${file}`);
      const filling: Socket[] = [];
      try {
        expect(held.length).toBeGreaterThan(0);
        if (refused) {
          const { statusCode: status = 0 } = refused;
          expectNeutral({ status, body: await buffer(refused) }, HIDDEN);
          await untilFree(full);
        }
        const asked = [file, `/named/${filename}`, '/upload'];
        for (const [at, path] of asked.entries()) {
          filling.push(...(await fill(full)));
          expectNeutral(await ask(ready[at], path), HIDDEN);
          await untilFree(full);
        }
      } finally {
        for (const response of held) response.destroy();
        for (const socket of [...ready, ...filling]) socket.destroy();
      }
      await untilDescriptors(idle);
      for (const query of [`?delivery=${delivery}`, '?delivery=verify']) {
        await expectContent(url, filename, { content, query });
      }
      await store(url, content);
    },
  );

  /**
   * Leaves the process with few numbers for new descriptors.
   *
   * @returns how many it has then at most.
   */
  function limit(): number {
    const taken = new Set(running.descriptors());
    let end = 0;
    for (let free = 0; free < FREE; end += 1) if (!taken.has(end)) free += 1;
    const soft = `--nofile=${end}:`;
    execFileSync('prlimit', ['--pid', String(running.pid), soft]);
    return taken.size + FREE;
  }

  async function untilDescriptors(count: number): Promise<void> {
    await eventually(() => expect(running.descriptors().length).toBe(count));
  }

  /** Takes the numbers that are left. */
  async function fill(full: number): Promise<Socket[]> {
    const sockets: Socket[] = [];
    await eventually(() => {
      const isFull = running.descriptors().length === full;
      if (!isFull) sockets.push(connectQuietly());
      expect(isFull).toBe(true);
    });
    return sockets;
  }

  /** Until the process has closed the connection of a request that is over. */
  async function untilFree(full: number): Promise<void> {
    await eventually(() =>
      expect(running.descriptors().length).toBeLessThan(full),
    );
  }

  function connectQuietly(): Socket {
    const socket = connect(running.port, '127.0.0.1');
    socket.on('error', () => undefined);
    return socket;
  }
});

/** Answers that have begun and are not read, and the one that was refused. */
async function downloadUntilRefused(from: string): Promise<Downloads> {
  const held: IncomingMessage[] = [];
  for (;;) {
    const response = await begin(from).catch(() => undefined);
    if (response?.statusCode !== 200) return { held, refused: response };
    response.on('error', () => undefined);
    held.push(response);
    expect(held.length).toBeLessThan(2 * FREE);
  }
}

interface Downloads {
  readonly held: readonly IncomingMessage[];
  /** Undefined if not even its connection was taken. */
  readonly refused: IncomingMessage | undefined;
}

/** Sends a request over a connection that is there already. */
async function ask(socket: Socket | undefined, path: string): Promise<Told> {
  if (!socket) throw new Error('There is no connection.');
  const method = path === '/upload' ? 'POST' : 'GET';
  const body =
    method === 'POST' ? formBytes([filePart(REAL_NAME, 'content')]) : undefined;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({
      createConnection: () => socket,
      method,
      path,
      headers: {
        ...(body && {
          'Content-Type': FORM_TYPE,
          'Content-Length': body.length,
        }),
      },
    });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.end(body);
  });
  return { status: response.statusCode ?? 0, body: await buffer(response) };
}
