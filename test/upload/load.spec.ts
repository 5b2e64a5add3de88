import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { OWNER } from '../e2e/documents.js';
import { BOUNDARY, filePart, FORM_TYPE, postForm } from '../e2e/form.js';
import { useRunningApp } from '../e2e/running-app.js';
import { KeptUploads } from './kept-uploads.js';

const MEBI = 1024 * 1024;

describe('uploads under load', () => {
  const running = useRunningApp({ controllers: [KeptUploads] });
  afterEach(async () => {
    await running.encryption.erase(OWNER);
  });

  it('keep twenty at once apart', async () => {
    const contents = Array.from({ length: 20 }, (_, at) =>
      randomBytes(at * 40_000),
    );
    const answers = await Promise.all(
      contents.map((content, at) =>
        postForm(`${running.url}/one`, filePart(`${at}.bin`, content)),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(
      contents.map(() => 201),
    );
    const files = await running.encryption.list(OWNER);
    const hashes = await Promise.all(
      files.map(async (file) => [
        file.name,
        await hashOf(file.createReadStream()),
      ]),
    );
    expect(Object.fromEntries(hashes)).toEqual(
      Object.fromEntries(
        contents.map((content, at) => [
          `${at}.bin`,
          createHash('sha256').update(content).digest('hex'),
        ]),
      ),
    );
    expect(await running.containers()).toHaveLength(20);
    expect(running.descriptors()).toBe(0);
  });

  it('take memory that does not grow with the file', async () => {
    const total = 200 * MEBI;
    // So that what is needed once does not count.
    await upload(running.url, 8 * MEBI);
    const before = process.memoryUsage().rss;
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 10);
    try {
      expect(await upload(running.url, total)).toBe(201);
    } finally {
      clearInterval(watch);
    }
    const [file] = await running.encryption.list(OWNER);
    expect(file?.size).toBe(total);
    expect(peak).toBeGreaterThan(0);
    // Client and server are this one process.
    expect(peak - before).toBeLessThan(total / 2);
  });
});

/** Uploads bytes that are never all there, and tells the status. */
async function upload(url: string, bytes: number): Promise<number> {
  const sent = request(`${url}/one`, {
    method: 'POST',
    headers: { 'Content-Type': FORM_TYPE },
  });
  const answered = new Promise<number>((resolve, reject) => {
    sent.on('error', reject);
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
  });
  await pipeline(Readable.from(formOf(bytes)), sent);
  return answered;
}

function* formOf(bytes: number): Generator<Buffer> {
  yield Buffer.from(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n`,
  );
  for (let left = bytes; left > 0; left -= MEBI) yield randomBytes(MEBI);
  yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
}

async function hashOf(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(stream, hash);
  return hash.digest('hex');
}
