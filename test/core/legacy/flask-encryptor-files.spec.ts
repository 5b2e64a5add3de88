import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { decryptLegacyName } from '../../../lib/core/legacy/legacy-name.js';
import { readLegacyFile } from '../../../lib/core/legacy/read-legacy-file.js';
import { FILES } from './flask-encryptor-files.js';
import { outcomeOf } from './reading.js';

const sha256 = (bytes: Buffer) =>
  createHash('sha256').update(bytes).digest('hex');

describe('the files of Flask-Encryptor', () => {
  it('are 40, as they were written', () => {
    expect(FILES).toHaveLength(40);
    expect(new Set(FILES.map(({ path }) => path)).size).toBe(40);
    for (const { id, stored, content, encrypted, plaintext } of FILES) {
      expect(sha256(stored), id).toBe(encrypted.sha256);
      expect(sha256(content), id).toBe(plaintext.sha256);
    }
  });

  it.each(FILES)('are read in chunks of any length: $id', async (file) => {
    const { stored, content, token, oddChunkSize: chunkSize } = file;
    for (const pieces of [1, 7, 16, 24, 64 * 1024]) {
      const reading = { token, chunkSize, pieces };
      const { output, ...told } = await outcomeOf(stored, reading);
      expect(told).toEqual({
        authenticated: false,
        size: content.length,
        error: undefined,
      });
      expect(output.equals(content), `in chunks of ${pieces}`).toBe(true);
    }
  });

  it.each(FILES)('are read from the disk: $id', async (file) => {
    const { size: length } = await stat(file.path);
    const source = createReadStream(file.path, { highWaterMark: 1000 });
    const { content } = await readLegacyFile(source, {
      allowUnauthenticated: true,
      token: file.token,
      length,
      chunkSize: file.oddChunkSize,
    });
    expect((await buffer(content)).equals(file.content)).toBe(true);
    expect(source.destroyed).toBe(true);
  });

  it('are read with a chunk size that leaves no trace', async () => {
    const even = FILES.filter(({ oddChunkSize }) => !oddChunkSize);
    expect(even).toHaveLength(35);
    for (const { stored, content, token, chunkSize, id } of even) {
      const { output } = await outcomeOf(stored, { token, chunkSize });
      expect(output.equals(content), id).toBe(true);
    }
  });

  it.each(FILES)('have the name that was encrypted: $id', (file) => {
    const { globalKey, realname, originalName, originalNameUtf8Hex } = file;
    const bytes = Buffer.from(globalKey);
    for (const key of [globalKey, bytes, new Uint8Array(bytes)]) {
      const options = { allowUnauthenticated: true, globalKey: key } as const;
      const told = decryptLegacyName(realname, options);
      expect(told).toEqual({ authenticated: false, name: originalName });
      expect(Buffer.from(told.name).toString('hex')).toBe(originalNameUtf8Hex);
    }
  });
});
