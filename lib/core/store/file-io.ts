import type { FileHandle } from 'node:fs/promises';

/**
 * Fills `into` from a file. One read may give less than was asked for, so it
 * reads on until `into` is full or the file ends.
 *
 * @param into - the caller's; written until the promise settles.
 * @param position - offset in the file, bytes. The handle's own offset is
 * neither used nor moved, so calls on one handle may overlap.
 * @returns bytes read: `into.length`, less only where the file ends.
 * @throws the system's own error; what `into` then holds means nothing.
 */
export async function readFully(
  handle: Pick<FileHandle, 'read'>,
  into: Uint8Array,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const { bytesRead } = await handle.read(
      into,
      filled,
      into.length - filled,
      position + filled,
    );
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/**
 * Writes all of `bytes`. One write may take less than it was given (a disk that
 * fills up does), so it writes on until everything is taken or the system says
 * why not.
 *
 * @param bytes - the caller's; read until the promise settles.
 * @param position - offset in the file, bytes; by default the handle's own
 * offset, which moves on. Calls without it must not overlap.
 * @throws the system's own error; a part may have been written then.
 */
export async function writeFully(
  handle: Pick<FileHandle, 'write'>,
  bytes: Uint8Array,
  position?: number,
): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(
      bytes,
      written,
      bytes.length - written,
      position === undefined ? null : position + written,
    );
    // Not allowed for by POSIX; without this it would be an endless loop.
    if (bytesWritten === 0) throw new Error('The system wrote no byte.');
    written += bytesWritten;
  }
}
