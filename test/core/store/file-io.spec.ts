import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFully, writeFully } from '../../../lib/core/store/file-io.js';

const content = randomBytes(10_000);
let folder: string;
let handle: FileHandle;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-io-'));
  handle = await open(join(folder, 'file'), 'wx+');
});
afterEach(async () => {
  await handle.close();
  await rm(folder, { recursive: true });
});

describe('writeFully', () => {
  it.each([1, 7, 4096, 9999])(
    'goes on where the system takes %d bytes at once',
    async (most) => {
      await writeFully(halting(handle, most), content);
      expect((await all()).equals(content)).toBe(true);
    },
  );

  it('appends at the offset of the handle, which moves on', async () => {
    await writeFully(halting(handle, 99), content.subarray(0, 5000));
    await writeFully(halting(handle, 99), content.subarray(5000));
    expect((await all()).equals(content)).toBe(true);
  });

  it('writes at a position', async () => {
    await writeFully(handle, Buffer.alloc(10_000));
    await writeFully(halting(handle, 99), content.subarray(0, 500), 1000);
    const wanted = Buffer.alloc(10_000);
    content.copy(wanted, 1000, 0, 500);
    expect((await all()).equals(wanted)).toBe(true);
  });

  it('gives up where the system takes no byte and says nothing', async () => {
    const writing = writeFully(halting(handle, 0), content);
    await expect(writing).rejects.toThrow('no byte');
  });

  it('asks nothing of the system for no bytes', async () => {
    await writeFully(halting(handle, 0), Buffer.alloc(0));
    expect(await all()).toHaveLength(0);
  });
});

describe('readFully', () => {
  beforeEach(() => writeFully(handle, content));

  it.each([1, 7, 4096, 9999])(
    'goes on where the system gives %d bytes at once',
    async (most) => {
      const into = Buffer.alloc(9000);
      expect(await readFully(halting(handle, most), into, 500)).toBe(9000);
      expect(into.equals(content.subarray(500, 9500))).toBe(true);
    },
  );

  it('gives less only where the file ends', async () => {
    const into = Buffer.alloc(1000);
    expect(await readFully(halting(handle, 99), into, 9400)).toBe(600);
    expect(into.subarray(0, 600).equals(content.subarray(9400))).toBe(true);
    expect(await readFully(handle, into, 10_000)).toBe(0);
    expect(await readFully(handle, into, 20_000)).toBe(0);
  });
});

async function all(): Promise<Buffer> {
  const { size } = await handle.stat();
  const bytes = Buffer.alloc(size);
  await handle.read(bytes, 0, size, 0);
  return bytes;
}

type FileIo = Parameters<typeof readFully>[0] &
  Parameters<typeof writeFully>[0];

/** A real file of which the system takes and gives no more than `most` at once. */
function halting(file: FileHandle, most: number): FileIo {
  const get =
    (_: FileHandle, name: string | symbol): unknown =>
    async (
      bytes: Uint8Array,
      offset: number,
      length: number,
      position: number | null,
    ): Promise<unknown> => {
      const some = Math.min(length, most);
      if (name === 'read') return file.read(bytes, offset, some, position);
      return file.write(bytes, offset, some, position);
    };
  return new Proxy(file, { get });
}
