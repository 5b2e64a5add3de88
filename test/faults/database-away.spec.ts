import { randomBytes } from 'node:crypto';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeDatabases, type TestDatabase } from '../databases.js';
import { ENTITIES, OWNER } from '../e2e/documents.js';
import { FaultRoutes } from '../e2e/fault-routes.js';
import { receive } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import {
  containersOf,
  DATABASE,
  expectContent,
  expectNeutral,
  expectSettled,
  rowsOf,
  store,
  sweepLater,
  upload,
} from './aftermath.js';
import { DatabaseProxy } from './database-proxy.js';
import { lockedSuite } from './locked-suite.js';

const content = randomBytes(300_000);

describeDatabases((database) => {
  // SQLite has no connection that could break; another process may lock it.
  const suite = database.name === 'better-sqlite3' ? lockedSuite : awaySuite;
  suite(database);
});

function awaySuite(database: TestDatabase): void {
  let options: DataSourceOptions;
  let proxy: DatabaseProxy;
  const running = useRunningApp({
    controllers: [FaultRoutes],
    database: async () => {
      options = await database.create(Object.values(ENTITIES));
      proxy = await DatabaseProxy.before(options);
      return proxy.through(options);
    },
  });
  const quote = database.name === 'postgres' ? '"' : '`';
  const table = `${quote}document${quote}`;
  const tokens = `${quote}document_token${quote}`;

  beforeAll(async () => {
    await store(running.url, randomBytes(10));
  });
  afterEach(async () => {
    FaultRoutes.midway = async () => undefined;
    proxy.up();
    // Whatever was away, it works again, and a sweep makes one to one of it.
    const filename = await store(running.url, content);
    await expectContent(running.url, filename, { content });
    await sweepLater(running);
    await expectSettled(running);
  });
  afterAll(async () => {
    await proxy.close();
  });

  it('before an upload leaves no container: no row can have it', async () => {
    const before = await rowsOf(running);
    proxy.down();
    expectNeutral(await upload(running.url, content), DATABASE);
    expect(await containersOf(running)).toEqual(before);
    proxy.up();
    expect(await rowsOf(running)).toEqual(before);
  });

  it('before an upload that no handler saves leaves no container', async () => {
    const before = await rowsOf(running);
    proxy.down();
    expect((await upload(running.url, content, 'unsaved')).status).toBe(201);
    expect(await containersOf(running)).toEqual(before);
  });

  it('before the insert in a transaction leaves no container: without COMMIT no row comes', async () => {
    const before = await rowsOf(running);
    proxy.cutAt(`INSERT INTO ${table}`, 'nothing');
    expectNeutral(await upload(running.url, content, 'transaction'), DATABASE);
    expect(proxy.hasCut).toBe(true);
    expect(await containersOf(running)).toEqual(before);
    expect(await rowsOf(running)).toEqual(before);
  });

  it.each(['upload', 'attached'])(
    'before the insert of an %s: its container stays until a sweep, as the row may have come',
    async (route) => {
      const before = await rowsOf(running);
      proxy.cutAt(`INSERT INTO ${table}`, 'nothing');
      expectNeutral(await upload(running.url, content, route), DATABASE);
      expect(proxy.hasCut).toBe(true);
      expect(await rowsOf(running)).toEqual(before);
      expect(await containersOf(running)).toHaveLength(before.length + 1);
      await sweepLater(running);
      expect(await containersOf(running)).toEqual(before);
    },
  );

  it('with the answer to an insert alone is no failure: the row is looked up', async () => {
    proxy.cutAt(`INSERT INTO ${table}`, 'statement');
    const filename = await store(running.url, content);
    expect(proxy.hasCut).toBe(true);
    expect(await rowsOf(running)).toContain(filename);
    await expectContent(running.url, filename, { content });
    await expectSettled(running);
  });

  it.each(['upload', 'attached'])(
    'while the insert of an %s is on its way: the row that comes later has its container',
    async (route) => {
      const before = await rowsOf(running);
      proxy.cutAt(`INSERT INTO ${table}`, 'late statement');
      expectNeutral(await upload(running.url, content, route), DATABASE);
      expect(await expectLate(before)).toHaveLength(1);
    },
  );

  it.each([
    ['transaction', DATABASE],
    ['translated', { status: 503 }],
  ])(
    'while COMMIT is on its way: the row of a %s that comes later has its container',
    async (route, told) => {
      const before = await rowsOf(running);
      proxy.cutAt('COMMIT', 'late statement');
      expectNeutral(await upload(running.url, content, route), told);
      expect(await expectLate(before)).toHaveLength(1);
    },
  );

  it('with the answer to COMMIT: row and container are there, and readable', async () => {
    const before = await rowsOf(running);
    proxy.cutAt('COMMIT', 'statement');
    expectNeutral(await upload(running.url, content, 'transaction'), DATABASE);
    expect(await expectOneMore(before)).toHaveLength(1);
  });

  it('by the end of its session in a transaction: no row comes, and a sweep finds the container', async () => {
    const before = await rowsOf(running);
    FaultRoutes.midway = () => endSessions(options);
    expectNeutral(await upload(running.url, content, 'transaction'), DATABASE);
    expect(await rowsOf(running)).toEqual(before);
    await sweepLater(running);
    expect(await containersOf(running)).toEqual(before);
  });

  it('before a first upload: no token is left half made', async () => {
    await running.encryption.erase(OWNER);
    proxy.cutAt(`INSERT INTO ${tokens}`, 'nothing');
    expectNeutral(await upload(running.url, content), DATABASE);
    expect(await containersOf(running)).toEqual([]);
  });

  it('before a download: an error, and the same request works later', async () => {
    const filename = await store(running.url, content);
    proxy.down();
    const answer = await receive(`${running.url}/files/${filename}`);
    expectNeutral(answer, DATABASE);
    expect(answer.headers['content-disposition']).toBeUndefined();
    proxy.up();
    await expectContent(running.url, filename, { content });
  });

  it('in a download whose file is found already: it is not missed', async () => {
    const file = await running.encryption.find(
      await store(running.url, content),
      OWNER,
    );
    proxy.down();
    const chunks: Buffer[] = [];
    for await (const chunk of file.createReadStream()) {
      chunks.push(chunk as Buffer);
    }
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  it.each(['nothing', 'statement', 'late statement'] as const)(
    'in a removal, when of its statement %s has come: container stays with its row',
    async (moment) => {
      const filename = await store(running.url, content);
      proxy.cutAt('DELETE FROM', moment);
      const url = `${running.url}/remove/${filename}`;
      expectNeutral(await receive(url, { method: 'POST' }), DATABASE);
      await proxy.arrive();
      expect(await containersOf(running)).toContain(filename);
      const again = await receive(url, { method: 'POST' });
      const isGone = moment !== 'nothing';
      expect(again.status).toBe(isGone ? 404 : 201);
    },
  );

  it.each([
    [tokens, 'nothing'],
    [tokens, 'statement'],
    [table, 'nothing'],
    [table, 'statement'],
  ] as const)(
    'in an erasure, at %s, when of its statement %s has come: it is repeated until done',
    async (from, moment) => {
      await store(running.url, content);
      proxy.cutAt(`DELETE FROM ${from}`, moment);
      const url = `${running.url}/erase`;
      expectNeutral(await receive(url, { method: 'POST' }), DATABASE);
      const containers = await containersOf(running);
      expect(containers).toEqual(expect.arrayContaining(await rowsOf(running)));
      const again = await receive(url, { method: 'POST' });
      expect(again.status).toBe(201);
      expect(await rowsOf(running)).toEqual([]);
    },
  );

  /** A statement arrives that its sender has given up. */
  async function expectLate(before: readonly string[]): Promise<string[]> {
    expect(await rowsOf(running)).toEqual(before);
    await proxy.arrive();
    return expectOneMore(before);
  }

  /** Rows that have come since, each with its container. */
  async function expectOneMore(before: readonly string[]): Promise<string[]> {
    const rows = await rowsOf(running);
    const added = rows.filter((row) => !before.includes(row));
    for (const filename of added) {
      await expectContent(running.url, filename, { content });
    }
    await expectSettled(running);
    return added;
  }
}

/** Ends all sessions of a database but one's own, as an operator would. */
async function endSessions(options: DataSourceOptions): Promise<void> {
  const source = await new DataSource({
    ...options,
    synchronize: false,
  }).initialize();
  try {
    if (options.type === 'postgres') {
      await source.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      return;
    }
    const sessions: { readonly id: number }[] = await source.query(
      'SELECT id AS id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()',
    );
    for (const { id } of sessions) await endSession(source, id);
  } finally {
    await source.destroy();
  }
}

async function endSession(source: DataSource, id: number): Promise<void> {
  try {
    await source.query(`KILL ${id}`);
  } catch (error) {
    // It has ended by itself meanwhile.
    const { errno } = error as { readonly errno?: unknown };
    if (errno !== NO_SUCH_THREAD) throw error;
  }
}

const NO_SUCH_THREAD = 1094;
