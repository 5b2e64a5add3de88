import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Delivery } from 'nestjs-file-encryptor';
import { type Received, receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';
import {
  ADAPTERS,
  containerOf,
  damage,
  DELIVERIES,
  Downloads,
  storeFile,
} from './download-server.js';

const MEBI = 1024 * 1024;
const SIZES = [0, 1, 65_535, 65_536, 65_537, 5 * MEBI];
const NAME = '報告 é😀.txt';

/** Where the first segment's ciphertext is, behind the header. */
const FIRST_SEGMENT = 100;

describe.each(ADAPTERS)('a download on %s', (_, parts) => {
  const running = useRunningApp({ controllers: [Downloads], ...parts });
  const get = (filename: string, delivery: Delivery) =>
    receive(`${running.url}/files/${filename}?delivery=${delivery}`);

  describe.each(DELIVERIES)('by %s', (delivery) => {
    // D-22
    it.each(SIZES)('of %i bytes is what was stored', async (size) => {
      const content = randomBytes(size);
      const filename = await storeFile(running, content, { name: NAME });
      const answer = await get(filename, delivery);
      expect(answer).toMatchObject({ status: 200, broken: false });
      expect(sha256(answer.body)).toBe(sha256(content));
      expect(answer.headers).toMatchObject({
        'content-length': String(size),
        'content-type': expect.stringMatching(
          /^text\/plain(; charset=utf-8)?$/,
        ) as string,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox",
        'cache-control': 'private, no-store, no-transform',
      });
      expect(answer.headers['transfer-encoding']).toBeUndefined();
      expect(answer.headers['content-disposition']).toContain(
        `filename*=UTF-8''${encodeURIComponent(NAME)}`,
      );
      await expectNothingOpen(running);
    });

    it('of which the beginning is damaged is an error without content', async () => {
      const filename = await storeFile(running, randomBytes(5 * MEBI));
      await damage(running, filename, FIRST_SEGMENT);
      const answer = await get(filename, delivery);
      expect(faultIn(answer, running)).toBe('INTEGRITY');
      await expectNothingOpen(running);
    });

    it('whose container is missing is an error of its own in the log', async () => {
      const filename = await storeFile(running, randomBytes(10));
      await unlink(containerOf(running, filename));
      const answer = await get(filename, delivery);
      expect(faultIn(answer, running)).toBe('OBJECT_NOT_FOUND');
      expect(running.log.text).toContain(filename);
      await expectNothingOpen(running);
    });

    // D-20
    it('of which HEAD is asked decrypts nothing', async () => {
      const filename = await storeFile(running, randomBytes(MEBI));
      const full = await get(filename, delivery);
      await unlink(containerOf(running, filename));
      const changed = lastChange(running);
      const head = await receive(
        `${running.url}/files/${filename}?delivery=${delivery}`,
        { method: 'HEAD' },
      );
      expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
      expect(lasting(head.headers)).toEqual(lasting(full.headers));
      expect(lastChange(running)).toBe(changed);
    });
  });

  it.each(['temp-file', 'verify'] as const)(
    'by %s of which the end is damaged is an error without content',
    async (delivery) => {
      const filename = await storeFile(running, randomBytes(5 * MEBI));
      await damage(running, filename, -1);
      const answer = await get(filename, delivery);
      expect(faultIn(answer, running)).toBe('INTEGRITY');
    },
  );

  // D-19
  it('by stream of which the end is damaged breaks off behind good bytes', async () => {
    running.log.clear();
    const content = randomBytes(5 * MEBI);
    const filename = await storeFile(running, content);
    await damage(running, filename, -1);
    const { status, body, broken } = await get(filename, 'stream');
    expect({ status, broken }).toEqual({ status: 200, broken: true });
    expect(body.length).toBeLessThan(content.length);
    expect(body.equals(content.subarray(0, body.length))).toBe(true);
    expect(running.log.errors).toHaveLength(1);
    expect(running.log.text).toContain(filename);
    await expectNothingOpen(running);
  });

  it('by temp-file makes a file, and leaves none', async () => {
    const filename = await storeFile(running, randomBytes(MEBI));
    const changed = lastChange(running);
    await get(filename, 'temp-file');
    expect(lastChange(running)).not.toBe(changed);
    await expectNothingOpen(running);
  });

  it.each(['verify', 'stream'] as const)('by %s makes no file', async (how) => {
    const filename = await storeFile(running, randomBytes(MEBI));
    const changed = lastChange(running);
    await get(filename, how);
    expect(lastChange(running)).toBe(changed);
  });

  it('answers a POST, with its status', async () => {
    const content = randomBytes(1000);
    const filename = await storeFile(running, content);
    const answer = await receive(`${running.url}/files/${filename}`, {
      method: 'POST',
    });
    expect(answer).toMatchObject({ status: 201, body: content });
  });

  it('lets anything else pass', async () => {
    const { body, headers } = await receive(`${running.url}/files/plain`);
    expect(JSON.parse(body.toString())).toEqual({ plain: true });
    expect(headers['content-disposition']).toBeUndefined();
  });

  it.each(['0'.repeat(32), 'nonsense', '..%2f..%2fetc%2fpasswd'])(
    'of %s is not found',
    async (filename) => {
      const answer = await receive(`${running.url}/files/${filename}`);
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.body.toString())).toMatchObject({
        code: 'FILE_NOT_FOUND',
      });
    },
  );
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The code that the log has for an answer, which itself tells nothing. */
function faultIn(answer: Received, { log }: RunningApp): string | undefined {
  expect(answer).toMatchObject({ status: 500, broken: false });
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.headers['content-disposition']).toBeUndefined();
  const json = JSON.parse(answer.body.toString()) as Record<string, string>;
  expect(json).toEqual({
    statusCode: 500,
    code: 'INTERNAL_ERROR',
    message: expect.stringMatching(/Reference: [0-9a-f-]{36}$/) as string,
  });
  const reference = json['message']?.slice(-36) ?? '';
  const line = log.errors.find((text) => text.includes(reference));
  return line?.split(' ')[0];
}

/** When something was last made or removed in the folder of this process. */
function lastChange({ folder }: RunningApp): bigint {
  const [own = ''] = readdirSync(join(folder, 'tmp'));
  return statSync(join(folder, 'tmp', own), { bigint: true }).mtimeNs;
}

/** Headers that do not depend on when and how the answer was sent. */
function lasting(headers: Received['headers']): Received['headers'] {
  const { date: _, connection: __, 'keep-alive': ___, ...rest } = headers;
  return rest;
}
