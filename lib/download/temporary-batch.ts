import type { FileHandle } from 'node:fs/promises';
import { writeFully } from '../core/store/file-io.js';

/**
 * Writes several buffers one after the other, in one system call where the
 * system takes all of it at once. What a short write has left is written after.
 *
 * @param buffers - the caller's; read until the promise settles.
 * @param position - offset in the file of the first byte.
 * @throws the system's own error; a part may have been written then.
 */
export async function writeBatch(
  handle: Pick<FileHandle, 'write' | 'writev'>,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let { bytesWritten: taken } = await handle.writev(buffers, position);
  let start = position;
  for (const buffer of buffers) {
    const skipped = Math.min(taken, buffer.length);
    const rest = buffer.subarray(skipped);
    if (rest.length > 0) await writeFully(handle, rest, start + skipped);
    taken -= skipped;
    start += buffer.length;
  }
}
