import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import {
  type LegacyFile,
  readLegacyFile,
} from '../../../lib/core/legacy/read-legacy-file.js';
import { createDecryptStream } from '../../../lib/core/floe/decrypt-stream.js';
import { CONTENT_AAD } from '../../../lib/core/container/write-container.js';
import {
  storeContent,
  useTemporaryStore,
  loadBytes,
} from '../container/stored.js';
import { outputOf } from '../floe/drive.js';
import { pattern } from '../floe/pattern.js';
import { entries } from '../../contract/objects.js';
import { rejectionOf } from '../thrown.js';
import { claiming, LEAVE, storedInChunks, TOKEN } from './reading.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'legacy-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const SIZES = [0, 15, 16, 17, 65_536, 200_001];

async function fileWith(bytes: Buffer): Promise<string> {
  const path = join(folder, 'd41d8cd98f004204a9800998ecf8427e');
  await writeFile(path, bytes);
  return path;
}

/** Reads a file of the old application where it lies. */
async function openFile(
  path: string,
  options: { token?: string; chunkSize?: number } = {},
): Promise<LegacyFile> {
  const { size: length } = await stat(path);
  const told = { ...LEAVE, token: TOKEN, length, ...options };
  return readLegacyFile(createReadStream(path), told);
}

// D-13
describe('a file of the old application', () => {
  const made = useTemporaryStore();

  /** Stores what is read from it as a container. */
  const convert = async (...parts: Parameters<typeof openFile>) => {
    const { content } = await openFile(...parts);
    return storeContent(made.store, Buffer.alloc(0), {
      chunkSize: 64 * 1024,
      pieces: () => content,
    });
  };
  const objects = async () => (await entries(made.store)).length;

  it.each(SIZES)('of %s bytes becomes a container', async (size) => {
    for (const chunkSize of [64 * 1024, 1000, 100]) {
      const stored = storedInChunks(pattern(size), { chunkSize });
      const path = await fileWith(stored);
      const { objectKey, key } = await convert(path, { chunkSize });
      const container = await loadBytes(made.store, objectKey);
      const stream = createDecryptStream(key, { aad: CONTENT_AAD });
      const content = await outputOf(stream, container);
      expect(content.equals(pattern(size))).toBe(true);
      expect((await readFile(path)).equals(stored)).toBe(true);
    }
  });

  it.each(
    SIZES.filter((size) => size > 0).flatMap((size) => {
      const stored = storedInChunks(pattern(size));
      return [
        { size, what: 'cut by 1 byte', bytes: stored.subarray(0, -1) },
        { size, what: 'cut by 16 bytes', bytes: stored.subarray(0, -16) },
        { size, what: 'claiming 2^63', bytes: claiming(stored, 2n ** 63n) },
      ];
    }),
  )('of $size bytes, $what, leaves nothing in the store', async (damaged) => {
    const before = await objects();
    const path = await fileWith(damaged.bytes);
    expect(await rejectionOf(convert(path))).toBeInstanceOf(FormatError);
    expect(await objects()).toBe(before);
    expect((await readFile(path)).equals(damaged.bytes)).toBe(true);
  });

  it.each([15, 17, 200_001])(
    'of %s bytes, with another token, leaves nothing in the store',
    async (size) => {
      const before = await objects();
      const path = await fileWith(storedInChunks(pattern(size)));
      const error = await rejectionOf(convert(path, { token: 'another' }));
      expect(error).toBeInstanceOf(FormatError);
      expect(await objects()).toBe(before);
    },
  );

  it.each([16, 65_536])(
    'of %s bytes, with another token, says that it is unverified',
    async (size) => {
      const path = await fileWith(storedInChunks(pattern(size)));
      const file = await openFile(path, { token: 'another' });
      expect(file).toMatchObject({ authenticated: false, size });
      expect(await buffer(file.content)).not.toEqual(pattern(size));
    },
  );

  it('that is written over while it is read is refused', async () => {
    const path = await fileWith(storedInChunks(pattern(1_000_001)));
    const { content } = await openFile(path);
    const target = createWriteStream(path);
    const error = await rejectionOf(pipeline(content, target));
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toHaveProperty('message', expect.stringMatching(/shorter/));
  });
});
