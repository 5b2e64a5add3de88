import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HEAD_BYTES } from '../../lib/upload/detect-type.js';
import { FileHead } from '../../lib/upload/file-head.js';

const CONTENT = randomBytes(3 * HEAD_BYTES);

describe('the head of a file', () => {
  it.each([1, 7, 4096, 4099, 4100, 4101, CONTENT.length])(
    'is taken from chunks of %i bytes, which pass as they are',
    async (size) => {
      const head = new FileHead();
      const passed: Uint8Array[] = [];
      for await (const chunk of head.watch(chunksOf(CONTENT, size))) {
        passed.push(Buffer.from(chunk));
      }
      expect(Buffer.concat(passed).equals(CONTENT)).toBe(true);
      expect(passed).toHaveLength(Math.ceil(CONTENT.length / size));
      expect(head.bytes).toEqual(CONTENT.subarray(0, HEAD_BYTES));
    },
  );

  it.each([0, 1, HEAD_BYTES - 1, HEAD_BYTES])(
    'of a file of %i bytes is all of it',
    async (size) => {
      const head = new FileHead();
      const content = CONTENT.subarray(0, size);
      await drain(head.watch(chunksOf(content, 100)));
      expect(head.bytes).toEqual(content);
    },
  );

  it('is a copy: a source may use its memory again', async () => {
    const head = new FileHead();
    const shared = Buffer.alloc(10);
    await drain(
      head.watch(
        (async function* () {
          for (const letter of 'abc') yield shared.fill(letter);
        })(),
      ),
    );
    expect(String(head.bytes)).toBe(
      'a'.repeat(10) + 'b'.repeat(10) + 'c'.repeat(10),
    );
  });

  it('passes the error of a source on', async () => {
    const error = new Error('The client went away.');
    const source = (async function* () {
      yield Buffer.from('abc');
      throw error;
    })();
    const head = new FileHead();
    await expect(drain(head.watch(source))).rejects.toBe(error);
    expect(String(head.bytes)).toBe('abc');
  });

  it('ends a source that is not read to its end', async () => {
    let ended = false;
    const source = (async function* () {
      try {
        for (;;) yield Buffer.from('abc');
      } finally {
        ended = true;
      }
    })();
    for await (const _ of new FileHead().watch(source)) break;
    expect(ended).toBe(true);
  });
});

async function* chunksOf(
  content: Buffer,
  size: number,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += size) {
    yield content.subarray(at, at + size);
  }
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}
