import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import {
  fileSystemAround,
  systemError,
} from '../core/store/faulty-file-system.js';
import { DELIVERIES } from '../download/download-server.js';
import { FaultRoutes } from '../e2e/fault-routes.js';
import { receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import {
  containersOf,
  expectContent,
  expectNeutral,
  expectSettled,
  HIDDEN,
  rowsOf,
  store,
  sweepLater,
  upload,
} from './aftermath.js';

const content = randomBytes(300_000);
const POST = { method: 'POST' } as const;

describe('a medium that fails (EIO)', () => {
  let failing: string | undefined;
  let failed = false;
  const fs = fileSystemAround(async (name, call) => {
    if (name !== failing) return call();
    failed = true;
    // A file that is closed is gone even if that failed.
    if (name === 'handle.close') await call();
    throw systemError('EIO');
  });
  const running = useRunningApp({
    controllers: [FaultRoutes],
    options: {
      dataDir: undefined,
      get store() {
        return new DiskStore(running.dataDir, { fs });
      },
    },
  });
  afterEach(() => expectSettled(running));

  /** Lets all calls of one name fail meanwhile. */
  async function during(name: string, act: () => Promise<void>): Promise<void> {
    running.log.clear();
    failed = false;
    failing = name;
    try {
      await act();
    } finally {
      failing = undefined;
    }
    expect(failed).toBe(true);
    expect(running.log.text).toContain('EIO');
    await expectNothingOpen(running);
  }

  it.each([
    'lstat',
    'open',
    'handle.stat',
    'handle.write',
    'handle.sync',
    'link',
    'handle.close',
  ])('in %s of an upload leaves nothing', async (name) => {
    const { url } = running;
    for (const route of ['upload', 'transaction']) {
      await during(name, async () => {
        expectNeutral(await upload(url, content, route), HIDDEN);
      });
      const before = await containersOf(running);
      expect(before).toEqual(await rowsOf(running));
      await expectContent(url, await store(url, content, route), { content });
    }
    await sweepLater(running);
  });

  it('in unlink of an upload leaves what a sweep removes', async () => {
    const { url } = running;
    await during('unlink', async () => {
      expectNeutral(await upload(url, content), HIDDEN);
    });
    expect(running.log.text).toContain('a sweep will find it');
    expect(await rowsOf(running)).not.toEqual(await containersOf(running));
    await store(url, content);
    await sweepLater(running);
  });

  it.each(['lstat', 'open', 'handle.stat', 'handle.read'])(
    'in %s of a download is told before its headers',
    async (name) => {
      const { url } = running;
      const filename = await store(url, content);
      for (const delivery of DELIVERIES) {
        const query = `?delivery=${delivery}`;
        await during(name, async () => {
          const answer = await receive(`${url}/files/${filename}${query}`);
          expectNeutral(answer, HIDDEN);
          expect(answer.headers['content-disposition']).toBeUndefined();
        });
        await expectContent(url, filename, { content, query });
      }
    },
  );

  it('in close of a download is nothing to it', async () => {
    const filename = await store(running.url, content);
    failed = false;
    failing = 'handle.close';
    await expectContent(running.url, filename, { content });
    expect(failed).toBe(true);
    failing = undefined;
  });

  it.each(['remove', 'erase'])(
    'in unlink of a container when %s is asked: the row is gone, and a sweep removes the container',
    async (route) => {
      const { url } = running;
      const filename = await store(url, content);
      const path = route === 'remove' ? `remove/${filename}` : 'erase';
      await during('unlink', async () => {
        expectNeutral(await receive(`${url}/${path}`, POST), HIDDEN);
      });
      expect(await rowsOf(running)).not.toContain(filename);
      expect(await containersOf(running)).toContain(filename);
      await store(url, content);
      await sweepLater(running);
    },
  );
});
