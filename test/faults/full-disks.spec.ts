import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rejectionOf } from '../core/thrown.js';
import { ADAPTERS, storeFile } from '../download/download-server.js';
import {
  canMount,
  type Mount,
  mountMemory,
} from '../download/temporary-mount.js';
import { Document, DocumentToken, ENTITIES, OWNER } from '../e2e/documents.js';
import { FaultRoutes } from '../e2e/fault-routes.js';
import { receive } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import {
  DATABASE,
  expectContent,
  expectNeutral,
  expectSettled,
  FULL,
  rowsOf,
  store,
  upload,
} from './aftermath.js';

const MEBIBYTE = 1024 * 1024;
const content = randomBytes(5 * MEBIBYTE);
const tmpfs = { tags: ['tmpfs' as const] };

describe.skipIf(!canMount())('a folder of the store', tmpfs, () => {
  const running = useRunningApp({ controllers: [FaultRoutes] });
  let mount: Mount;
  beforeEach(() => {
    mount = mountMemory('size=1m,mode=700', running.dataDir);
  });
  // The last hook runs first; this one whatever the other says.
  afterEach(() => mount[Symbol.dispose]());
  afterEach(() => running.encryption.erase(OWNER));

  it('that is full answers 507, keeps what it has, and takes the same file when there is room', async () => {
    const { url } = running;
    const small = randomBytes(100_000);
    const kept = await store(url, small);
    const answers = await Promise.all(
      ['upload', 'upload', 'transaction', 'unsaved'].map((route) =>
        upload(url, content, route),
      ),
    );
    for (const answer of answers) expectNeutral(answer, FULL);
    expect(await rowsOf(running)).toEqual([kept]);
    await expectSettled(running);
    await expectContent(url, kept, { content: small });
    // What did not fit has left all its room.
    await store(url, randomBytes(700_000));
    mount.remount('size=64m');
    await expectContent(url, await store(url, content), { content });
    await expectSettled(running);
  });

  it('without room for another name does the same', async () => {
    const { url } = running;
    // The root, and the two folders of a key.
    mount.remount('nr_inodes=3');
    expectNeutral(await upload(url, randomBytes(10)), FULL);
    expect(await rowsOf(running)).toEqual([]);
    await expectSettled(running);
    mount.remount('nr_inodes=100');
    await store(url, randomBytes(10));
    await expectSettled(running);
  });
});

describe.skipIf(!canMount()).each(ADAPTERS)(
  'a folder for temporary files, on %s',
  tmpfs,
  (_, { adapter }) => {
    const running = useRunningApp({
      controllers: [FaultRoutes],
      ...(adapter && { adapter }),
    });
    const url = (filename: string, query = '') =>
      `${running.url}/files/${filename}${query}`;
    let filename: string;
    let mount: Mount;
    beforeEach(async () => {
      filename = await storeFile(running, content, { name: 'a fault.txt' });
      mount = mountMemory('size=1m,mode=700', join(running.folder, 'tmp'));
    });
    afterEach(() => mount[Symbol.dispose]());
    afterEach(() => expectSettled(running));

    it('that is full answers 507 before any header of the file, and later gives it', async () => {
      for (const asked of [url(filename), `${running.url}/named/${filename}`]) {
        const answer = await receive(asked);
        expectNeutral(answer, FULL);
        expect(answer.headers['content-disposition']).toBeUndefined();
        expect(answer.headers['accept-ranges']).toBeUndefined();
        expect(answer.headers['cache-control']).toBe('no-store');
        await expectSettled(running);
      }
      mount.remount('size=64m');
      await expectContent(running.url, filename, { content });
      const named = await receive(`${running.url}/named/${filename}`);
      expect(named.body.equals(content)).toBe(true);
    });

    it('that is full is nothing to deliveries that write no file, nor to small answers', async () => {
      for (const query of ['?delivery=stream', '?delivery=verify']) {
        await expectContent(running.url, filename, { content, query });
      }
      const headers = { Range: 'bytes=100-199' };
      const range = await receive(url(filename), { headers });
      expect(range.status).toBe(206);
      expect(range.body.equals(content.subarray(100, 200))).toBe(true);
      const head = await receive(url(filename), { method: 'HEAD' });
      expect(head.status).toBe(200);
    });

    it('that is full makes decryptFile() fail, and leaves it no file', async () => {
      const { encryption, app } = running;
      const { row } = await encryption.find(filename, OWNER);
      const tokens = app.get(DataSource).getRepository(DocumentToken);
      const token = await tokens.findOneByOrFail(OWNER);
      const error = await rejectionOf(
        encryption.decryptFile(row, token, OWNER),
      );
      expect(error).toMatchObject(FULL);
      expect(String(error)).not.toContain(running.folder);
      await expectSettled(running);
      mount.remount('size=64m');
      await using file = await encryption.decryptFile(row, token, OWNER);
      expect(file.size).toBe(content.length);
    });

    it('without room for another name answers 507, and later gives the file', async () => {
      // The root, and the folder of this process.
      mount.remount('size=64m,nr_inodes=2');
      expectNeutral(await receive(url(filename)), FULL);
      expect(running.log.text).toContain('ENOSPC');
      mount.remount('nr_inodes=100');
      await expectContent(running.url, filename, { content });
    });
  },
);

describe.skipIf(!canMount())('the folder of an SQLite database', tmpfs, () => {
  let mount: Mount;
  const running = useRunningApp({
    controllers: [FaultRoutes],
    database: async () => {
      const folder = mkdtempSync(join(tmpdir(), 'full-database-'));
      mount = mountMemory('size=256k', folder);
      return {
        type: 'better-sqlite3',
        database: join(folder, 'db.sqlite'),
        entities: Object.values(ENTITIES),
        synchronize: true,
      };
    },
  });
  afterEach(async () => {
    try {
      await running.app.get(DataSource).destroy();
    } finally {
      mount[Symbol.dispose]();
      await rm(mount.path, { recursive: true });
    }
  });

  it('that is full leaves no container, and takes the same upload when there is room', async () => {
    const { url } = running;
    const small = randomBytes(10);
    const kept = await store(url, small);
    const filler = join(mount.path, 'filler');
    await rejectionOf(writeFile(filler, randomBytes(MEBIBYTE)));
    for (const route of ['upload', 'transaction']) {
      expectNeutral(await upload(url, content, route), DATABASE);
      await expectSettled(running);
    }
    await expectContent(url, kept, { content: small });
    await rm(filler);
    await store(url, content);
    await store(url, content, 'transaction');
    await expectSettled(running);
    const documents = running.app.get(DataSource).getRepository(Document);
    expect(await documents.count()).toBe(3);
  });
});
