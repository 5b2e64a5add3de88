import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type EncryptedFile,
  IntegrityError,
  StoreError,
} from 'nestjs-file-encryptor';
import { type Answer, deliver } from '../../lib/download/deliver.js';
import { OWNER } from '../e2e/documents.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import { damage, DELIVERIES, storeFile } from './download-server.js';

const NEVER = new AbortController().signal;
const SIZE = 5_000_000;

describe('deliver', () => {
  const running = useRunningApp({});
  afterEach(() => expectNothingOpen(running));

  describe.each(DELIVERIES)('by %s', (delivery) => {
    it('gives the bytes', async () => {
      const { file, content } = await stored();
      const bytes = await bytesOf(await deliver(file, delivery, whole(file)));
      expect(bytes.equals(content)).toBe(true);
    });

    it('gives everything back when the stream is destroyed unread', async () => {
      const { file } = await stored();
      const stream = await deliver(file, delivery, whole(file));
      expect(running.descriptors()).toBe(1);
      const closed = once(stream, 'close');
      stream.destroy();
      await closed;
    });

    it('gives everything back when it is aborted before', async () => {
      const { file } = await stored();
      await expect(
        deliver(file, delivery, whole(file, AbortSignal.abort())),
      ).rejects.toMatchObject({ name: 'AbortError' });
    });

    it('fails where the beginning is damaged', async () => {
      const { file } = await stored();
      await damage(running, file.filename, 100);
      await expect(deliver(file, delivery, whole(file))).rejects.toThrow(
        IntegrityError,
      );
    });
  });

  it.each(['temp-file', 'verify'] as const)(
    'by %s fails where the end is damaged',
    async (delivery) => {
      const { file } = await stored();
      await damage(running, file.filename, -1);
      await expect(deliver(file, delivery, whole(file))).rejects.toThrow(
        IntegrityError,
      );
    },
  );

  it('by stream has a stream that fails where the end is damaged', async () => {
    const { file } = await stored();
    await damage(running, file.filename, -1);
    const stream = await deliver(file, 'stream', whole(file));
    await expect(bytesOf(stream)).rejects.toThrow(IntegrityError);
  });

  it('by stream ends when it is aborted in the middle', async () => {
    const { file } = await stored();
    const gone = new AbortController();
    const stream = await deliver(file, 'stream', whole(file, gone.signal));
    gone.abort();
    await expect(bytesOf(stream)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each([0, 1, 65_536, 256 * 1024])(
    'by temp-file needs no file for %i bytes',
    async (size) => {
      const { file, content } = await stored(size);
      await file.temporary.close();
      const bytes = await bytesOf(
        await deliver(file, 'temp-file', whole(file)),
      );
      expect(bytes.equals(content)).toBe(true);
    },
  );

  it('by temp-file verifies all of a small file before its first byte', async () => {
    const { file } = await stored(200_000);
    await damage(running, file.filename, -1);
    await expect(deliver(file, 'temp-file', whole(file))).rejects.toThrow(
      IntegrityError,
    );
  });

  it('by temp-file fails once the application has been shut down', async () => {
    const { file } = await stored();
    await file.temporary.close();
    await expect(deliver(file, 'temp-file', whole(file))).rejects.toThrow(
      StoreError,
    );
  });

  async function stored(size = SIZE) {
    const content = randomBytes(size);
    const filename = await storeFile(running, content);
    return { file: await running.encryption.find(filename, OWNER), content };
  }
});

function whole({ size }: EncryptedFile, signal = NEVER): Answer {
  return { range: { start: 0, end: size }, signal };
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
