import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../lib/core/errors.js';
import { TemporaryFile } from '../../lib/download/temporary-file.js';
import { reserved, useTemporaryPlace } from './temporary-place.js';

const READ_BYTES = 256 * 1024;
const place = useTemporaryPlace();

async function fileOf(content: Uint8Array): Promise<TemporaryFile> {
  const file = await TemporaryFile.create(join(place.path, 'file'), {
    named: true,
    space: await reserved(),
    report: (error) => expect.fail(String(error)),
  });
  await file.write(content);
  return file;
}

/** Resolves when it is closed, after a failure too. */
async function closeOf(stream: Readable): Promise<void> {
  if (stream.closed) return;
  await new Promise((resolve) => stream.once('close', resolve));
}

async function expectGone(): Promise<void> {
  expect(place.descriptors()).toBe(0);
  expect(await readdir(place.path)).toEqual([]);
}

/** Whether it has ended as a complete stream does. */
function watchEnd(stream: Readable): () => boolean {
  let ended = false;
  stream.once('end', () => (ended = true));
  return () => ended;
}

describe('the stream of a temporary file', () => {
  it.each([0, 1, READ_BYTES - 1, READ_BYTES, READ_BYTES + 1, 5 * READ_BYTES])(
    'gives all of its %i bytes, then the file is gone',
    async (size) => {
      const content = randomBytes(size);
      const stream = (await fileOf(content)).createReadStream();
      expect(content.equals(await buffer(stream))).toBe(true);
      await closeOf(stream);
      await expectGone();
    },
  );

  it('closes the file before it says that it is closed', async () => {
    const stream = (await fileOf(randomBytes(10))).createReadStream();
    const closed = once(stream, 'close').then(() => place.descriptors());
    stream.resume();
    expect(await closed).toBe(0);
  });

  it.each([
    [0, 0],
    [0, 1],
    [1, 2],
    [READ_BYTES - 1, READ_BYTES + 1],
    [7, 3 * READ_BYTES],
    [3 * READ_BYTES - 1, 3 * READ_BYTES],
    [3 * READ_BYTES, 3 * READ_BYTES],
  ])('gives bytes %i to %i', async (start, end) => {
    const content = randomBytes(3 * READ_BYTES);
    const stream = (await fileOf(content)).createReadStream({ start, end });
    const expected = content.subarray(start, end);
    expect(expected.equals(await buffer(stream))).toBe(true);
  });

  it.each([
    [-1, 2],
    [2, 1],
    [0, 11],
    [11, 11],
    [0.5, 2],
    [0, 1.5],
    [Number.NaN, 2],
    [0, Number.POSITIVE_INFINITY],
  ])('is refused from %d to %d of 10 bytes', async (start, end) => {
    await using file = await fileOf(randomBytes(10));
    expect(() => file.createReadStream({ start, end })).toThrow(RangeError);
    expect(await buffer(file.createReadStream())).toHaveLength(10);
  });

  it('is the only one of its file', async () => {
    const file = await fileOf(Buffer.from('content'));
    const stream = file.createReadStream();
    expect(() => file.createReadStream()).toThrow(StoreError);
    expect(String(await buffer(stream))).toBe('content');
    expect(() => file.createReadStream()).toThrow(StoreError);
  });

  it('reads no further ahead than one read while nobody takes anything', async () => {
    const file = await fileOf(randomBytes(8 * READ_BYTES));
    const stream = file.createReadStream();
    await once(stream, 'readable');
    for (let i = 0; i < 20; i++) await file.read(Buffer.alloc(1), i);
    expect(stream.readableLength).toBe(READ_BYTES);
    await file.close();
  });

  it('gives chunks that later reads leave alone', async () => {
    const content = randomBytes(4 * READ_BYTES);
    const chunks: Buffer[] = [];
    const stream = (await fileOf(content)).createReadStream();
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(chunks).toHaveLength(4);
    expect(content.equals(Buffer.concat(chunks))).toBe(true);
  });

  it('fails if the file has become shorter', async () => {
    const file = await fileOf(randomBytes(2 * READ_BYTES));
    await truncate(String(file.path), READ_BYTES + 1);
    const stream = file.createReadStream();
    const ended = watchEnd(stream);
    await expect(buffer(stream)).rejects.toThrow(StoreError);
    expect(ended()).toBe(false);
    await closeOf(stream);
    await expectGone();
  });
});

describe('a stream that is broken off', () => {
  it('before the first read leaves nothing', async () => {
    const stream = (await fileOf(randomBytes(10))).createReadStream();
    expect(place.descriptors()).toBe(1);
    stream.destroy();
    await closeOf(stream);
    await expectGone();
  });

  it('during a read leaves nothing and releases nothing', async () => {
    const file = await fileOf(randomBytes(4 * READ_BYTES));
    const stream = file.createReadStream();
    const ended = watchEnd(stream);
    let chunks = 0;
    stream.on('data', () => (chunks += 1));
    // Begins a read; its bytes arrive after the stream was destroyed.
    stream.read(0);
    stream.destroy();
    await closeOf(stream);
    await new Promise(setImmediate);
    expect(chunks).toBe(0);
    expect(ended()).toBe(false);
    await expectGone();
  });

  it('by its consumer leaves nothing', async () => {
    const stream = (
      await fileOf(randomBytes(4 * READ_BYTES))
    ).createReadStream();
    const consumer = new Writable({
      write: (_chunk, _encoding, callback) => callback(new Error('Hung up.')),
    });
    await expect(pipeline(stream, consumer)).rejects.toThrow('Hung up.');
    await closeOf(stream);
    await expectGone();
  });

  it.each([10, 4 * READ_BYTES])(
    'by a close of its file of %i bytes never looks complete',
    async (size) => {
      const file = await fileOf(randomBytes(size));
      const stream = file.createReadStream();
      const ended = watchEnd(stream);
      await once(stream, 'readable');
      await file.close();
      await expect(buffer(stream)).rejects.toMatchObject({
        code: 'ERR_STREAM_PREMATURE_CLOSE',
      });
      expect(ended()).toBe(false);
      expect(stream.closed).toBe(true);
      await expectGone();
    },
  );

  it('by a close of its file breaks a pipeline', async () => {
    const file = await fileOf(randomBytes(4 * READ_BYTES));
    const consumer = new Writable({
      write: (_chunk, _encoding, callback) => {
        void file.close().then(() => callback());
      },
    });
    await expect(
      pipeline(file.createReadStream(), consumer),
    ).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' });
    await expectGone();
  });
});
