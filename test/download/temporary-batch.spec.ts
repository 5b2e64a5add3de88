import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeBatch } from '../../lib/download/temporary-batch.js';
import { useTemporaryPlace } from './temporary-place.js';

/** Writes to a real file, and takes at most so many bytes in one call. */
function slow(
  handle: FileHandle,
  most: number,
): Pick<FileHandle, 'write' | 'writev'> {
  const writev = async (
    buffers: readonly NodeJS.ArrayBufferView[],
    position?: number,
  ) => {
    const all = Buffer.concat(buffers as readonly Uint8Array[]);
    const { bytesWritten } = await handle.write(all, 0, most, position);
    return { bytesWritten, buffers };
  };
  const write = (
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ) => handle.write(bytes, offset, Math.min(length, most), position);
  return { writev, write } as unknown as FileHandle;
}

describe('a batch of buffers', () => {
  const place = useTemporaryPlace();
  const buffers = [7, 0, 1, 12, 5].map((length) => randomBytes(length));
  const content = Buffer.concat(buffers);

  it.each(Array.from(content, (_, index) => index + 1))(
    'arrives whole and in order when the system takes %i bytes a call',
    async (most) => {
      const path = join(place.path, 'file');
      await using handle = await open(path, 'wx+');
      await handle.write('head');
      await writeBatch(slow(handle, most), buffers, 4);
      expect(await readFile(path)).toEqual(
        Buffer.concat([Buffer.from('head'), content]),
      );
    },
  );

  it('may be empty', async () => {
    const path = join(place.path, 'file');
    await using handle = await open(path, 'wx+');
    await writeBatch(handle, [], 0);
    await writeBatch(handle, [Buffer.alloc(0)], 0);
    expect(await readFile(path)).toHaveLength(0);
  });
});
