import { open } from 'node:fs/promises';

/**
 * A file's bytes over one reused buffer: `encryptUpload` uses a chunk only until
 * it asks for the next. No source of its public face is cheaper.
 *
 * @param {string} path
 * @param {Buffer} buffer
 */
export async function* fileChunks(path, buffer) {
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
