import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EncryptedFile,
  FormatError,
  IntegrityError,
  ObjectNotFoundError,
} from 'nestjs-file-encryptor';
import { OWNER } from '../e2e/documents.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import { containerOf, damage, storeFile } from './download-server.js';

const CHUNK = 65_536;
const SIZE = 5 * CHUNK + 10;

describe('an encrypted file', () => {
  const running = useRunningApp({});
  afterEach(() => expectNothingOpen(running));

  it('tells what it is without its container', async () => {
    const { file } = await stored(randomBytes(10));
    await unlink(containerOf(running, file.filename));
    const again = await running.encryption.find(file.filename, OWNER);
    expect(again).toMatchObject({
      name: 'a.txt',
      type: 'text/plain',
      size: 10,
    });
    expect(again.createdAt.getTime()).toBe(again.row.createdAt);
    expect(again.row.userId).toBe(1);
  });

  it('as JSON is its description, without keys and places', async () => {
    const { file } = await stored(randomBytes(10));
    expect(JSON.parse(JSON.stringify(file))).toEqual({
      filename: file.filename,
      name: 'a.txt',
      type: 'text/plain',
      size: 10,
      createdAt: file.createdAt.toISOString(),
    });
    expect(inspect(file, { depth: 9 })).not.toContain(file.row.key);
  });

  it.each([
    [0, SIZE],
    [0, 0],
    [SIZE, SIZE],
    [0, 1],
    [CHUNK - 1, CHUNK + 1],
    [CHUNK, 2 * CHUNK],
    [SIZE - 1, SIZE],
    [3, SIZE - 3],
  ])('streams the bytes from %i to %i', async (start, end) => {
    const { file, content } = await stored(randomBytes(SIZE));
    const bytes = await bytesOf(file.createReadStream({ start, end }));
    expect(bytes.equals(content.subarray(start, end))).toBe(true);
  });

  it.each([
    [-1, 1],
    [2, 1],
    [0, SIZE + 1],
    [0.5, 1],
    [Number.NaN, 1],
  ])('has no range from %s to %s', async (start, end) => {
    const { file } = await stored(randomBytes(SIZE));
    const stream = file.createReadStream({ start, end });
    await expect(bytesOf(stream)).rejects.toThrow(RangeError);
  });

  it('streams a range of which no touched segment is damaged', async () => {
    const { file, content } = await stored(randomBytes(SIZE));
    await damage(running, file.filename, -1);
    const range = { start: 0, end: CHUNK };
    const bytes = await bytesOf(file.createReadStream(range));
    expect(bytes.equals(content.subarray(0, CHUNK))).toBe(true);
  });

  it('destroys the stream of a damaged one, and tells which file it is', async () => {
    const { file } = await stored(randomBytes(SIZE));
    await damage(running, file.filename, -1);
    await expect(bytesOf(file.createReadStream())).rejects.toThrow(
      IntegrityError,
    );
    await expect(file.verify()).rejects.toThrow(
      new RegExp(`^File ${file.filename}: (?!File)`),
    );
  });

  it('refuses a container that was exchanged for another', async () => {
    const { file } = await stored(randomBytes(SIZE));
    await damage(running, file.filename, 0);
    await expect(file.verify()).rejects.toThrow(FormatError);
  });

  it('opens nothing before the first read', async () => {
    const { file } = await stored(randomBytes(SIZE));
    await unlink(containerOf(running, file.filename));
    const stream = file.createReadStream();
    expect(running.descriptors()).toBe(0);
    await expect(bytesOf(stream)).rejects.toThrow(ObjectNotFoundError);
  });

  it('gives the container back when its stream is destroyed', async () => {
    const { file } = await stored(randomBytes(40 * CHUNK));
    const stream = file.createReadStream();
    for await (const chunk of stream) {
      expect(chunk).toBeInstanceOf(Buffer);
      expect(running.descriptors()).toBe(1);
      break;
    }
    await expectNothingOpen(running);
  });

  it('leaves in another way without changing the first', async () => {
    const { file } = await stored(randomBytes(10));
    const other = file.as({ delivery: 'stream' }).as({ disposition: 'inline' });
    expect(other).toBeInstanceOf(EncryptedFile);
    expect([other.delivery, other.disposition]).toEqual(['stream', 'inline']);
    expect([file.delivery, file.disposition]).toEqual([undefined, undefined]);
  });

  async function stored(content: Buffer) {
    const filename = await storeFile(running, content);
    const file = await running.encryption.find(filename, OWNER);
    return { file, content };
  }
});

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
