import { randomBytes } from 'node:crypto';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../databases.js';
import { ENTITIES } from '../e2e/documents.js';
import { FaultRoutes } from '../e2e/fault-routes.js';
import { receive } from '../e2e/http-client.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';
import {
  containersOf,
  DATABASE,
  expectContent,
  expectNeutral,
  expectSettled,
  rowsOf,
  store,
  upload,
} from './aftermath.js';

const content = randomBytes(300_000);

/** What becomes of requests while another process has locked the database. */
export function lockedSuite(database: TestDatabase): void {
  let options: DataSourceOptions;
  let other: DataSource;
  const running: RunningApp = useRunningApp({
    controllers: [FaultRoutes],
    database: async () => {
      options = await database.create(Object.values(ENTITIES));
      // By default a statement waits five seconds for the lock.
      return { ...options, timeout: 50 } as DataSourceOptions;
    },
  });
  beforeAll(async () => {
    other = await new DataSource({
      ...options,
      synchronize: false,
    }).initialize();
  });
  afterAll(() => other.destroy());

  it('that is locked refuses uploads, downloads and erasures, and takes them when it is free', async () => {
    const { url } = running;
    const filename = await store(url, content);
    await other.query('BEGIN EXCLUSIVE');
    try {
      expectNeutral(await upload(url, content), DATABASE);
      expectNeutral(await upload(url, content, 'transaction'), DATABASE);
      expectNeutral(await receive(`${url}/files/${filename}`), DATABASE);
      expectNeutral(
        await receive(`${url}/erase`, { method: 'POST' }),
        DATABASE,
      );
      expect(await containersOf(running)).toEqual([filename]);
    } finally {
      await other.query('ROLLBACK');
    }
    await expectSettled(running);
    await expectContent(url, filename, { content });
    await store(url, content, 'transaction');
    await expectSettled(running);
    expect((await receive(`${url}/erase`, { method: 'POST' })).status).toBe(
      201,
    );
    expect(await containersOf(running)).toEqual([]);
  });

  it('that is locked for writing alone: a file whose row is refused is gone', async () => {
    const { url } = running;
    const filename = await store(url, content);
    await other.query('BEGIN IMMEDIATE');
    try {
      expectNeutral(await upload(url, content), DATABASE);
      expectNeutral(await upload(url, content, 'transaction'), DATABASE);
      await expectContent(url, filename, { content });
      await expectSettled(running);
    } finally {
      await other.query('ROLLBACK');
    }
    const later = await store(url, content);
    expect(await rowsOf(running)).toContain(later);
    await expectSettled(running);
  });
}
