import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskStore, EncryptedUpload, UploadError } from 'nestjs-file-encryptor';
import { EncryptingEngine } from '../../lib/upload/multer-engine.js';
import { storeUpload } from '../../lib/upload/store-upload.js';

type Handle = EncryptingEngine['_handleFile'];
type Request = Parameters<Handle>[0];
type File = Parameters<Handle>[1];

const REQUEST = {} as Request;

describe("multer's storage engine", () => {
  let folder = '';
  let engine: EncryptingEngine;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'multer-engine-'));
    const store = new DiskStore(folder);
    await store.open();
    const place = { store, chunkSize: 65_536, hasRow: async () => false };
    engine = new EncryptingEngine((source, facts, verdict) =>
      storeUpload(source, facts, place, verdict),
    );
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes an upload of a part', async () => {
    const { file, stream } = part();
    stream.end('content');
    expect(await handle(file)).toMatchObject({ name: 'a.txt', size: 7 });
    expect(await stored()).toHaveLength(1);
  });

  it('marks a part as one to be removed before its first byte', () => {
    const { file, stream } = part();
    const done = handle(file);
    expect(file.path).not.toBe('');
    stream.end();
    return expect(done).resolves.toBeInstanceOf(EncryptedUpload);
  });

  it('refuses a part that the parser has cut at the limit', async () => {
    const { file, stream } = part();
    Object.assign(stream, { truncated: true });
    stream.end(randomBytes(100_000));
    await expect(handle(file)).rejects.toMatchObject({
      code: 'UPLOAD_TOO_LARGE',
    });
    expect(await stored()).toEqual([]);
  });

  it('leaves nothing of a part whose stream fails', async () => {
    const { file, stream } = part();
    const done = handle(file);
    stream.write(randomBytes(100_000));
    stream.destroy(new Error('The client went away.'));
    await expect(done).rejects.toThrow('The client went away.');
    expect(await stored()).toEqual([]);
  });

  it('reads a refused part to its end', async () => {
    const { file, stream } = part('x'.repeat(5000));
    const ended = once(stream, 'end');
    stream.end(randomBytes(1_000_000));
    await expect(handle(file)).rejects.toThrow(UploadError);
    await ended;
    expect(stream.readableLength).toBe(0);
  });

  it('removes a part that is under way, when it is known what became of it', async () => {
    const { file, stream } = part();
    const done = handle(file);
    const removed = remove(file);
    stream.end('content');
    await done;
    await removed;
    expect(await stored()).toEqual([]);
  });

  it('removes a part that has failed, without a fault of its own', async () => {
    const { file, stream } = part();
    const done = handle(file);
    stream.destroy(new Error('The client went away.'));
    await expect(remove(file)).resolves.toBeUndefined();
    await expect(done).rejects.toThrow('The client went away.');
  });

  it('removes what multer or Nest hand over of a stored part', async () => {
    for (const known of [
      (upload: unknown) => ({ upload }),
      (upload: unknown) => upload,
    ]) {
      const { file, stream } = part();
      stream.end('content');
      const upload = await handle(file);
      await remove(known(upload) as File);
      expect(await stored()).toEqual([]);
    }
  });

  it('has nothing to remove of what it does not know', async () => {
    await expect(remove({} as File)).resolves.toBeUndefined();
  });

  function handle(file: File): Promise<unknown> {
    return new Promise((resolve, reject) => {
      engine._handleFile(
        REQUEST,
        file,
        (error?: Error | null, info?: unknown) => {
          if (error) reject(error);
          else resolve((info as { upload: unknown }).upload);
        },
      );
    });
  }

  function remove(file: File): Promise<void> {
    return new Promise((resolve, reject) => {
      engine._removeFile(REQUEST, file, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }

  async function stored(): Promise<string[]> {
    const all = await readdir(folder, { recursive: true, withFileTypes: true });
    return all.filter((entry) => entry.isFile()).map(({ name }) => name);
  }
});

/** A part as multer hands it over, and the stream that its bytes come by. */
function part(name = 'a.txt') {
  const stream = new PassThrough();
  // multer listens too.
  stream.on('error', () => undefined);
  const file = {
    fieldname: 'file',
    originalname: name,
    mimetype: 'text/plain',
    path: '',
    stream,
  } as unknown as File;
  return { file, stream };
}
