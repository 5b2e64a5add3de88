import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  Agent,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { Controller, Get, UseInterceptors } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DownloadInterceptor,
  DownloadLinkService,
  downloadZip,
  EncryptionService,
} from 'nestjs-file-encryptor';
import { useDelayingStore } from '../e2e/delaying-store.js';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { begin, receive } from '../e2e/http-client.js';
import { LINKED_ENTITIES, Links } from '../e2e/linked-documents.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { connectionsOf } from '../e2e/raw-connection.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  storeFile,
} from './download-server.js';

const MEBI = 1024 * 1024;

/** More than the buffers of a connection hold. */
const LARGE = 12 * MEBI;

/** Longer than the limit of these applications, a second, and its quarter. */
const LONG_MS = 2500;

const IDLE = { idleTimeout: 1 } as const;

/**
 * The system takes a slow client's bytes in large steps, and stands still between
 * them for longer than the client does.
 */
const PATIENT = { idleTimeout: 4 } as const;

const WAYS = [
  ...DELIVERIES.map((delivery) => `?delivery=${delivery}`),
  '/decrypted',
];

@Controller('zip')
@UseInterceptors(DownloadInterceptor)
class Zips {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get()
  async zip() {
    return downloadZip(await this.encryption.list(OWNER));
  }
}

describe.each(ADAPTERS)('a client of %s that stops reading', (_, parts) => {
  const running = useRunningApp({
    controllers: [Downloads, Zips, Links],
    entities: LINKED_ENTITIES,
    options: IDLE,
    ...parts,
  });
  afterEach(async () => {
    expectQuiet(running);
    await running.encryption.erase(OWNER);
  });

  it.each(WAYS)('is ended by %s, and leaves nothing open', async (way) => {
    const filename = await storeFile(running, randomBytes(LARGE));
    const response = await begin(`${running.url}/files/${filename}${way}`);
    expect(await isBroken(response, running)).toBe(true);
  });

  it('is ended in a zip, and leaves nothing open', async () => {
    await storeFile(running, randomBytes(LARGE));
    const response = await begin(`${running.url}/zip`);
    expect(await isBroken(response, running)).toBe(true);
  });

  it('is ended in a link, which gets its use back', async () => {
    const content = randomBytes(LARGE);
    const filename = await storeFile(running, content);
    const links = running.app.get(DownloadLinkService);
    const terms = { expiresIn: 3600, maxDownloads: 1 };
    const { secret } = await links.create(filename, OWNER, terms);
    const url = `${running.url}/links/${secret}`;
    const method = 'POST';

    const response = await begin(url, { method });
    expect((await receive(url, { method })).status).toBe(410);
    expect(await isBroken(response, running)).toBe(true);
    await eventually(async () => {
      const [link] = await links.list(filename, OWNER);
      expect(link?.remaining).toBe(1);
    });
    const again = await receive(url, { method });
    expect(again.body.equals(content)).toBe(true);
  });

  it('is ended with the last bytes of an answer', async () => {
    const filename = await storeFile(running, randomBytes(100));
    const answered = nextResponse(running, (socket) => {
      // What the connection holds is full before the answer begins.
      socket.write(Buffer.alloc(LARGE));
    });
    const client = connect(running.port, '127.0.0.1');
    client.write(`GET /files/${filename} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const response = await answered;
    await eventually(() => expect(response.writableEnded).toBe(true));
    expect(response.writableFinished).toBe(false);
    // Nobody reads them, so nobody but the server can end it.
    await eventually(async () => {
      expect(await connectionsOf(running)).toBe(0);
      expect(response.closed).toBe(true);
    });
    client.destroy();
  });
});

describe.each(ADAPTERS)('a client of %s that is slow', (_, parts) => {
  const running = useRunningApp({
    controllers: [Downloads],
    options: PATIENT,
    ...parts,
  });

  it('but reads gets all of a large file, in all deliveries', async () => {
    const content = randomBytes(2 * LARGE);
    const filename = await storeFile(running, content);
    const url = `${running.url}/files/${filename}`;
    const bodies = await Promise.all(
      WAYS.map(async (way) => readSlowly(await begin(`${url}${way}`))),
    );
    expect(bodies.map((body) => body.equals(content))).toEqual(
      WAYS.map(() => true),
    );
  });
});

describe.each(ADAPTERS)('a client of %s that takes its time', (_, parts) => {
  const running = useRunningApp({
    controllers: [Downloads],
    options: IDLE,
    ...parts,
  });

  it('and reads byte by byte gets all of a small one', async () => {
    const filename = await storeFile(running, Buffer.from('all of it'));
    let received = '';
    let pauses = 12;
    const client = connect({
      port: running.port,
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.alloc(1),
        callback: (_length, byte) => {
          received += Buffer.from(byte).toString('latin1');
          if ((pauses -= 1) < 0) return true;
          void setTimeout(300).then(() => client.resume());
          return false;
        },
      },
    });
    client.write(`GET /files/${filename} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await eventually(() => expect(received).toMatch(/all of it$/));
    client.destroy();
  });

  it('between two requests keeps its connection', async () => {
    const content = randomBytes(LARGE);
    const filename = await storeFile(running, content);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    // Node's own limit of such a connection is far.
    (running.app.getHttpServer() as Server).keepAliveTimeout = 600_000;
    for (const _time of [1, 2]) {
      const sent = request(`${running.url}/files/${filename}`, { agent }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      ports.add(response.socket.localPort);
      expect((await buffer(response)).equals(content)).toBe(true);
      await setTimeout(LONG_MS);
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  });
});

describe('a slow client of a file of one large segment', () => {
  const running = useRunningApp({
    controllers: [Downloads],
    options: { ...PATIENT, chunkSize: 16 * MEBI },
  });

  it.each(['verify', 'stream'])('gets all of it by %s', async (delivery) => {
    const content = randomBytes(LARGE);
    const filename = await storeFile(running, content);
    // All of it is one write of the server's, which the system takes in parts.
    const url = `${running.url}/files/${filename}?delivery=${delivery}`;
    const body = await readSlowly(await begin(url), 600);
    expect(body.equals(content)).toBe(true);
  });
});

describe.each(ADAPTERS)('a client of %s that waits for us', (_, parts) => {
  const store = useDelayingStore();
  const running = useRunningApp({
    controllers: [Downloads],
    options: { ...IDLE, dataDir: undefined, store },
    ...parts,
  });

  it.each([
    ['before an answer', 0],
    ['in the middle of it', LARGE / 2],
  ])('%s is not ended, in all deliveries', async (_when, from) => {
    const content = randomBytes(LARGE);
    const filename = await storeFile(running, content);
    Object.assign(store, { delay: LONG_MS, from });
    const url = `${running.url}/files/${filename}`;
    const answers = await Promise.all(
      WAYS.map((way) => receive(`${url}${way}`)),
    );
    Object.assign(store, { delay: 0 });
    expect(answers.map(({ body }) => body.equals(content))).toEqual(
      WAYS.map(() => true),
    );
  });
});

/** Whether the server gives up a transfer of which nothing more is read. */
async function isBroken(
  response: IncomingMessage,
  running: RunningApp,
): Promise<boolean> {
  // That it was aborted, which is awaited here.
  response.on('error', () => undefined);
  expect(response.statusCode).toBeLessThan(300);
  await eventually(async () => expect(await connectionsOf(running)).toBe(0));
  await expectNothingOpen(running);
  // Nobody has read it yet.
  response.resume();
  await eventually(() => expect(response.closed).toBe(true));
  return !response.complete;
}

/** A piece now and then, of what the connection brings. */
async function readSlowly(
  response: IncomingMessage,
  pauseMs = 300,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sincePause = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sincePause += chunk.length;
    if (sincePause > MEBI) {
      sincePause = 0;
      await setTimeout(pauseMs);
    }
  }
  return Buffer.concat(chunks);
}

/** The server's side of the next connection and of its first answer. */
function nextResponse(
  { app }: RunningApp,
  onConnection: (socket: Socket) => void,
): Promise<ServerResponse> {
  const server = app.getHttpServer() as Server;
  server.once('connection', onConnection);
  return new Promise((resolve) => {
    server.once('request', (_request, response: ServerResponse) =>
      resolve(response),
    );
  });
}

/** What a client does is no fault of ours, and nobody's business. */
function expectQuiet({ log }: RunningApp): void {
  expect(log.lines.filter(({ level }) => level !== 'log')).toEqual([]);
}
