import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from 'nestjs-file-encryptor';
import { useDelayingStore } from '../e2e/delaying-store.js';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { filePart, formBytes, FORM_TYPE, postForm } from '../e2e/form.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import {
  connectionsOf,
  connectTo,
  type RawConnection,
} from '../e2e/raw-connection.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';
import { KeptUploads } from './kept-uploads.js';

const MEBI = 1024 * 1024;

/** Longer than the limit of these applications, a second, and its quarter. */
const LONG_MS = 2500;

const IDLE = { options: { idleTimeout: 1 } } as const;

/** A text, two files, and what stands behind the last boundary. */
const FORM = Buffer.concat([
  formBytes([
    { disposition: 'name="note"', content: 'a text '.repeat(50) },
    filePart('one.bin', Buffer.alloc(100_000, 1)),
    filePart('two.bin', Buffer.alloc(300_000, 2)),
  ]),
  Buffer.from('epilogue'),
]);

/** Where such a form can stop: behind so many bytes of it. */
const PLACES: readonly (readonly [place: string, sent: number])[] = [
  ['before its first byte', 0],
  ['in its first boundary', 10],
  ['in a text field', positionOf('a text') + 20],
  ['before its first file', positionOf('one.bin') - 60],
  ['at the start of a file', positionOf('\u0001')],
  ['in a file', positionOf('\u0001') + 90_000],
  ['between two files', positionOf('two.bin') - 70],
  ['in its last file', positionOf('\u0002') + 299_000],
  ['in its last boundary', FORM.length - 12],
  ['in its epilogue', FORM.length - 3],
];

const IDLE_ANSWER = {
  line: 'HTTP/1.1 408 Request Timeout',
  json: {
    statusCode: 408,
    code: 'UPLOAD_IDLE',
    message: 'Nothing of the form has come for 1 seconds: send it again.',
  },
};

describe('a form whose client stops sending', () => {
  const running = useRunningApp({
    controllers: [KeptUploads],
    ...IDLE,
  });
  const clients = useClients(running);

  it.each(PLACES)('%s is ended, and leaves nothing', async (_, sent) => {
    const client = await clients.connect();
    await client.send(head(`Content-Length: ${FORM.length}`));
    await client.send(FORM.subarray(0, sent));
    expect(await answerOf(client, running)).toEqual(IDLE_ANSWER);
  });

  it.each([
    ['in a file', positionOf('\u0001') + 90_000],
    ['in its epilogue', FORM.length - 3],
  ])('%s, sent in chunks, is ended as well', async (_, sent) => {
    const client = await clients.connect();
    await client.send(head('Transfer-Encoding: chunked'));
    await client.send(`${sent.toString(16)}\r\n`);
    await client.send(FORM.subarray(0, sent));
    await client.send('\r\n');
    expect(await answerOf(client, running)).toEqual(IDLE_ANSWER);
  });
});

describe('a form whose client is slow', () => {
  const running = useRunningApp({ controllers: [KeptUploads], ...IDLE });
  const clients = useClients(running);

  it.each([
    ['a file', positionOf('\u0001') + 90_000],
    ['a text field', positionOf('a text') + 20],
    ['its epilogue', FORM.length - 9],
  ])('and sends %s byte by byte is taken', async (_, from) => {
    const client = await clients.connect();
    await client.send(head(`Content-Length: ${FORM.length}`));
    await client.send(FORM.subarray(0, from));
    const until = from + 8;
    for (let at = from; at < until; at += 1) {
      await setTimeout(300);
      await client.send(FORM.subarray(at, at + 1));
    }
    await client.send(FORM.subarray(until));
    await eventually(() => expect(client.received).toMatch(/^HTTP\/1\.1 201 /));
    await expectStored(running);
  });

  it('between two requests keeps its connection', async () => {
    // Node's own limit of such a connection is far.
    (running.app.getHttpServer() as Server).keepAliveTimeout = 600_000;
    const client = await clients.connect();
    for (const times of [1, 2]) {
      await client.send(head(`Content-Length: ${FORM.length}`));
      await client.send(FORM);
      await eventually(() =>
        expect(client.received.match(/HTTP\/1\.1 201 /g)).toHaveLength(times),
      );
      await setTimeout(LONG_MS);
      expect(client.isOver).toBe(false);
    }
    expect(await running.containers()).toHaveLength(4);
  });
});

describe('a form that a slow store takes', () => {
  const store = useDelayingStore();
  const running = useRunningApp({
    controllers: [KeptUploads],
    options: { idleTimeout: 1, dataDir: undefined, store },
  });
  const clients = useClients(running);

  it.each([
    ['in its second file', positionOf('\u0002') + 1000],
    ['behind its files', FORM.length - 3],
  ])('is gone before its client is told, idle %s', async (_, sent) => {
    Object.assign(store, { removal: 500 });
    const client = await clients.connect();
    await client.send(head(`Content-Length: ${FORM.length}`));
    await client.send(FORM.subarray(0, sent));
    await eventually(async () =>
      expect(await filesIn(store)).toBeGreaterThan(0),
    );
    await eventually(() => expect(client.received).toMatch(/^HTTP\/1\.1 408 /));
    expect(await filesIn(store)).toBe(0);
    Object.assign(store, { removal: 0 });
  });

  it('is waited for', async () => {
    // More than the connection holds: its client waits for us.
    const content = randomBytes(24 * MEBI);
    store.delay = LONG_MS;
    const answer = await postForm(
      `${running.url}/one`,
      filePart('a.bin', content),
    );
    expect(answer.status).toBe(201);
    store.delay = 0;
    const [file] = await running.encryption.list(OWNER);
    expect(file && content.equals(await buffer(file.createReadStream()))).toBe(
      true,
    );
  });
});

/** What a client is told when its connection ends and nothing is left. */
async function answerOf(
  client: RawConnection,
  running: RunningApp,
): Promise<unknown> {
  await eventually(() => expect(client.received).toContain('\r\n\r\n{'));
  // What was stored of it is gone before the client is told.
  expect(await running.containers()).toEqual([]);
  expect(client.received).toMatch(/^connection: close\r$/im);
  await eventually(async () => {
    expect(client.isOver).toBe(true);
    expect(await connectionsOf(running)).toBe(0);
  });
  await expectNothingOpen(running);
  expect(await running.encryption.list(OWNER)).toEqual([]);
  expectQuiet(running);
  const [lines = '', body = ''] = client.received.split('\r\n\r\n');
  return { line: lines.split('\r\n')[0], json: JSON.parse(body) as unknown };
}

/** Two files of {@link FORM}. */
async function expectStored({ encryption }: RunningApp): Promise<void> {
  const files = await encryption.list(OWNER);
  const contents = await Promise.all(
    files.map((file) => buffer(file.createReadStream())),
  );
  const [one, two] = contents.toSorted((a, b) => a.length - b.length);
  expect(contents).toHaveLength(2);
  expect(one?.equals(Buffer.alloc(100_000, 1))).toBe(true);
  expect(two?.equals(Buffer.alloc(300_000, 2))).toBe(true);
}

async function filesIn(store: ObjectStore): Promise<number> {
  let count = 0;
  for await (const _entry of store.list()) count += 1;
  return count;
}

/** What a client does is no fault of ours, and nobody's business. */
function expectQuiet({ log }: RunningApp): void {
  expect(log.lines.filter(({ level }) => level !== 'log')).toEqual([]);
}

/** Connections that end with the test, and what has come by them. */
function useClients(running: RunningApp) {
  let open: RawConnection[] = [];
  afterEach(async () => {
    for (const { socket } of open) socket.destroy();
    open = [];
    await running.encryption.erase(OWNER);
  });
  return {
    async connect(): Promise<RawConnection> {
      const client = await connectTo(running);
      open.push(client);
      return client;
    },
  };
}

/** The lines of a request, of which one tells how long its form is. */
function head(length: string): string {
  return `POST /any HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${FORM_TYPE}\r\n${length}\r\n\r\n`;
}

function positionOf(text: string): number {
  return FORM.indexOf(text);
}
