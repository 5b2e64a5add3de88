import { once } from 'node:events';
import { existsSync } from 'node:fs';
import promises, {
  mkdir,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { systemError } from '../core/store/faulty-file-system.js';
import {
  ADAPTERS,
  Downloads,
  lastChange,
  storeFile,
} from '../download/download-server.js';
import { useHolderProcess } from '../download/temporary-process.js';
import { openDescriptors } from '../e2e/descriptors.js';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { begin, receive } from '../e2e/http-client.js';
import { filesWith } from '../e2e/plain-texts.js';
import { useCaseApp } from './case-app.js';
import { type ReplacedCall, replaceCall } from './system-call.js';

const MEBI = 1024 * 1024;
/** More than is verified in memory, so that a temporary file is made. */
const SIZE = 300_000;
/** More than the buffers of both ends of a connection hold. */
const LARGE = 24 * MEBI;

/** Paths of downloads that make a temporary file. */
const WITH_FILES = ['?delivery=temp-file', '/decrypted'];

const LONG_AGO = new Date('2001-02-03T04:05:06Z');

// D-27: that a process is killed in the middle of a download is in
// e2e/killed-process.spec.ts, that one is stopped and lets downloads come to
// their end in sample/shutdown.spec.ts.
describe.each(ADAPTERS)('temporary files of %s', (_, parts) => {
  const app = useCaseApp({ controllers: [Downloads], ...parts });
  const startHolder = useHolderProcess();
  const tmp = () => join(app.running.folder, 'tmp');
  let content: Buffer;
  const stored = (size: number) => {
    content = app.content(size);
    return storeFile(app.running, content);
  };
  beforeEach(() => app.running.log.clear());
  app.afterCase(() => app.running.encryption.erase(OWNER));

  it('that a killed process has left are removed at a start, and nothing else is', async () => {
    const foreign = [
      join(tmp(), 'report.pdf'),
      join(tmp(), 'fencryptor_backup', 'report.pdf'),
    ];
    await mkdir(join(tmp(), 'fencryptor_backup'));
    for (const path of foreign) {
      await writeFile(path, 'of somebody else');
      await utimes(path, LONG_AGO, LONG_AGO);
    }
    const text = String(app.content(64));
    const killed = await startHolder(tmp(), text);
    const living = await startHolder(tmp(), text);
    await killed.kill();
    expect(await readFile(killed.named, 'utf8')).toBe(text);
    {
      await using _next = await app.another({});
      expect(existsSync(dirname(killed.named))).toBe(false);
      expect(await readFile(living.named, 'utf8')).toBe(text);
    }
    await living.kill();
    await using _last = await app.another({});
    expect(existsSync(dirname(living.named))).toBe(false);
    for (const path of foreign) {
      expect(await readFile(path, 'utf8')).toBe('of somebody else');
      await rm(path);
    }
    await rm(join(tmp(), 'fencryptor_backup'), { recursive: true });
  });

  it.each(['EBUSY', 'EPERM', 'EACCES'] as const)(
    'that the system holds twice (%s) are removed nevertheless',
    async (errno) => {
      const filename = await stored(SIZE);
      for (const way of WITH_FILES) {
        using unlink = heldNames(errno, 2);
        await expectWhole(`${app.running.url}/files/${filename}${way}`);
        await eventually(async () => {
          expect(await app.running.temporaryFiles()).toEqual([]);
        });
        expect(unlink.calls).toBe(3);
      }
      const { lines } = app.running.log;
      expect(lines.filter(({ level }) => level !== 'log')).toEqual([]);
    },
  );

  it('that the system holds for good are told of, and gone with the application', async () => {
    const filename = await stored(SIZE);
    const other = await app.another({});
    try {
      using _unlink = heldNames('EBUSY', Infinity);
      await expectWhole(`${other.url}/files/${filename}/decrypted`);
      await eventually(() => {
        expect(app.running.log.text).toMatch(/could not be removed.*EBUSY/);
      });
      expect(app.running.log.text).not.toContain(app.running.folder);
      expect(await app.running.temporaryFiles()).toHaveLength(1);
    } finally {
      await other[Symbol.asyncDispose]();
    }
    expect(await app.running.temporaryFiles()).toEqual([]);
  });

  it.each(WITH_FILES)(
    'are gone when the application is stopped during a download: %s',
    async (way) => {
      const filename = await stored(LARGE);
      const other = await app.another({});
      const folders = await readdir(tmp());
      const response = await begin(`${other.url}/files/${filename}${way}`);
      response.on('error', () => undefined);
      await once(response, 'readable');
      expect(openDescriptors(tmp())).toBe(1);
      await other[Symbol.asyncDispose]();
      expect(await readdir(tmp())).toHaveLength(folders.length - 1);
      await eventually(() => expect(openDescriptors(tmp())).toBe(0));
      response.destroy();
      expect(response.complete).toBe(false);
    },
  );

  it('have no name in a download by temp-file', async () => {
    const filename = await stored(LARGE);
    await during(filename, 'temp-file', () => {
      expect(openDescriptors(tmp())).toBe(1);
    });
  });

  it.each(['verify', 'stream'])('are not made by %s', async (delivery) => {
    const filename = await stored(LARGE);
    const before = lastChange(app.running);
    await during(filename, delivery, () => {
      expect(openDescriptors(tmp())).toBe(0);
    });
    expect(lastChange(app.running)).toBe(before);
  });

  /** Looks in the middle of a download, in which no file shows the content. */
  async function during(
    filename: string,
    delivery: string,
    look: () => void,
  ): Promise<void> {
    const url = `${app.running.url}/files/${filename}?delivery=${delivery}`;
    const response = await begin(url);
    await once(response, 'readable');
    look();
    const canary = String(content.subarray(0, content.indexOf(' ')));
    expect(await filesWith(app.running.folder, [canary])).toEqual([]);
    expect((await buffer(response)).equals(content)).toBe(true);
  }

  async function expectWhole(url: string): Promise<void> {
    const { status, body, broken } = await receive(url);
    expect([status, broken]).toEqual([200, false]);
    expect(body.equals(content)).toBe(true);
  }

  /** The system refuses to remove names of temporary files, so many times. */
  function heldNames(
    errno: 'EBUSY' | 'EPERM' | 'EACCES',
    times: number,
  ): ReplacedCall {
    let left = times;
    return replaceCall(promises, 'unlink', (unlink, count) => async (path) => {
      if (!String(path).startsWith(tmp())) return unlink(path);
      count();
      left -= 1;
      if (left >= 0) throw systemError(errno);
      return unlink(path);
    });
  }
});
