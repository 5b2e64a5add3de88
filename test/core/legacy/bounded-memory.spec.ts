import { describe, expect, it } from 'vitest';
import { readLegacyFile } from '../../../lib/core/legacy/read-legacy-file.js';
import { writeLegacyFile } from '../../../lib/core/legacy/write-legacy-file.js';
import { pattern } from '../floe/pattern.js';
import { LEAVE, TOKEN, WatchedSource } from './reading.js';

const MEBI = 1024 * 1024;
const CHUNK = pattern(64 * 1024);
const SIZE = 256 * MEBI;

describe('a file of 256 MiB', () => {
  it('is written and read a chunk at a time', async () => {
    const source = new WatchedSource(repeated(CHUNK, SIZE / CHUNK.length));
    const stored = writeLegacyFile(source, {
      ...LEAVE,
      token: TOKEN,
      size: SIZE,
    });
    const { content } = await readLegacyFile(stored, {
      ...LEAVE,
      token: TOKEN,
      length: 24 + SIZE,
    });
    const before = process.memoryUsage().arrayBuffers;
    let [read, ahead, most] = [0, 0, 0];
    for await (const bytes of content) {
      const at = read % CHUNK.length;
      expect(bytes.equals(CHUNK.subarray(at, at + bytes.length))).toBe(true);
      read += bytes.length;
      ahead = Math.max(ahead, source.given - read);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(read).toBe(SIZE);
    expect(ahead).toBeLessThanOrEqual(CHUNK.length);
    // What waits for the garbage collector is in it.
    expect(most).toBeLessThan(SIZE / 2);
  });
});

function* repeated(chunk: Buffer, times: number): Generator<Buffer, void> {
  for (let time = 0; time < times; time += 1) yield chunk;
}
