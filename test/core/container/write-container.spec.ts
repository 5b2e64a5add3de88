import { randomBytes, randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { segmentsPerBatch } from '../../../lib/core/container/batch.js';
import { slabs } from '../../../lib/core/container/slab-pool.js';
import {
  CONTENT_AAD,
  writeContainer,
} from '../../../lib/core/container/write-container.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import type { ObjectWriter } from '../../../lib/core/store/object-store.js';
import * as twin from '../floe/floe-twin.js';
import { rejectionOf } from '../thrown.js';
import {
  inPiecesOf,
  loadBytes,
  type Stored,
  storeContent,
  useTemporaryStore,
  waiting,
  turns,
} from './stored.js';

const temporary = useTemporaryStore();

/** Decrypts an object with the other implementation. */
async function contentOf({ objectKey, key }: Stored): Promise<Buffer> {
  const message = await loadBytes(temporary.store, objectKey);
  return twin.decrypt(key.toBytes(), CONTENT_AAD, message);
}

/** In pieces of any length, some of them empty. */
async function* anyhow(content: Buffer): AsyncGenerator<Uint8Array> {
  let at = 0;
  while (at < content.length) {
    const end = at + randomInt(0, 5000);
    yield new Uint8Array(content.subarray(at, end));
    at = end;
  }
}

/** Files in the store, complete or not; its folders have shorter names. */
async function filesStored(): Promise<string[]> {
  const names = await readdir(temporary.folder, { recursive: true });
  return names.filter((name) => name.length > 6);
}

describe.each([16, 65_536])('a container in segments of %d', (C) => {
  const batch = segmentsPerBatch(C) * C;

  it.each([0, 1, C - 1, C, C + 1, 2 * C, 3 * C + 7])(
    'of %d bytes is a FLOE message of one size',
    async (size) => {
      const content = randomBytes(size);
      const stored = await storeContent(temporary.store, content, {
        chunkSize: C,
      });
      expect(stored.size).toBe(size);
      const message = await loadBytes(temporary.store, stored.objectKey);
      const segments = Math.max(1, Math.ceil(size / C));
      expect(message).toHaveLength(74 + size + 32 * segments);
      expect(message.readUInt32BE(2)).toBe(C + 32);
      expect((await contentOf(stored)).equals(content)).toBe(true);
    },
  );

  it.each([batch - 1, batch, batch + 1, 2 * batch, 2 * batch + 1])(
    'of %d bytes, where a batch ends, is whole',
    async (size) => {
      const content = randomBytes(size);
      for (const length of [1000, batch, size]) {
        const pieces = inPiecesOf(length);
        const options = { chunkSize: C, pieces };
        const stored = await storeContent(temporary.store, content, options);
        const message = await loadBytes(temporary.store, stored.objectKey);
        const segments = Math.ceil(size / C);
        expect(message).toHaveLength(74 + size + 32 * segments);
        const last = message.subarray(74 + (segments - 1) * (C + 32));
        expect(last.readUInt32BE(0)).toBe(last.length);
      }
    },
  );
});

describe('writing a container', () => {
  it('does not depend on how its source is cut', async () => {
    const content = randomBytes(70_000);
    const cuts = [
      inPiecesOf(1),
      inPiecesOf(65_536),
      inPiecesOf(70_000),
      anyhow,
      (whole: Buffer) => Readable.from([whole, Buffer.alloc(0)]),
    ];
    for (const pieces of cuts) {
      const options = { chunkSize: 1000, pieces };
      const stored = await storeContent(temporary.store, content, options);
      expect(stored.size).toBe(70_000);
      expect((await contentOf(stored)).equals(content)).toBe(true);
    }
  });

  it('uses a chunk only until the next one is asked for', async () => {
    const content = randomBytes(50_000);
    const options = {
      chunkSize: 4096,
      async *pieces(whole: Buffer) {
        const one = Buffer.alloc(1000);
        for (let at = 0; at < whole.length; at += one.length) {
          whole.copy(one, 0, at);
          yield one;
          one.fill(0xee);
        }
      },
    };
    const stored = await storeContent(temporary.store, content, options);
    expect((await contentOf(stored)).equals(content)).toBe(true);
  });

  it('is another each time, under the same key', async () => {
    const options = { chunkSize: 16, key: SecretKey.random() };
    const content = Buffer.alloc(40);
    const one = await storeContent(temporary.store, content, options);
    const two = await storeContent(temporary.store, content, options);
    expect(await loadBytes(temporary.store, one.objectKey)).not.toEqual(
      await loadBytes(temporary.store, two.objectKey),
    );
  });

  it.each([0, 15, 16.5, 2 ** 24 + 1, NaN])(
    'refuses a chunk size of %d before it touches the source',
    async (chunkSize) => {
      let touched = false;
      const options = {
        chunkSize,
        async *pieces(whole: Buffer) {
          touched = true;
          yield whole;
        },
      };
      await expect(
        storeContent(temporary.store, randomBytes(10), options),
      ).rejects.toThrow(RangeError);
      expect(touched).toBe(false);
    },
  );

  it('leaves no plaintext in the memory that the next one gets', async () => {
    const chunkSize = 3000;
    const content = Buffer.alloc(100_000, 'CANARY');
    await storeContent(temporary.store, content, { chunkSize });
    const slab = slabs.acquire(chunkSize);
    expect(slab.includes('CANARY')).toBe(false);
    slabs.release(slab);
  });
});

describe('a source', () => {
  it('is not read ahead of the store by more than two batches, a segment and a chunk', async () => {
    const chunkSize = 65_536;
    const piece = 10_000;
    const batch = segmentsPerBatch(chunkSize) * chunkSize;
    const content = randomBytes(5 * batch + 1);
    let taken = 0;
    let stored = 0;
    const leads: number[] = [];
    const options = {
      chunkSize,
      async *pieces(whole: Buffer) {
        for await (const one of inPiecesOf(piece)(whole)) {
          taken += one.length;
          yield one;
        }
      },
      between: (writer: ObjectWriter) =>
        waiting(writer, async () => {
          // Time enough to take all of it.
          await turns(2 * Math.ceil(content.length / piece));
          leads.push(taken - stored);
          // The first write has one segment.
          const written = stored === 0 ? chunkSize : batch;
          stored += Math.min(written, content.length - stored);
        }),
    };
    const result = await storeContent(temporary.store, content, options);
    expect(leads).toHaveLength(6);
    expect(Math.max(...leads)).toBeLessThanOrEqual(
      2 * batch + chunkSize + piece,
    );
    expect(Math.min(...leads)).toBeGreaterThan(0);
    expect((await contentOf(result)).equals(content)).toBe(true);
  });

  it.each([
    ['a text', 'text'],
    ['no bytes', new ArrayBuffer(5)],
    ['numbers', new Uint16Array(5)],
  ])('that gives %s is refused, and leaves nothing', async (_, chunk) => {
    const before = await filesStored();
    const storing = storeContent(temporary.store, randomBytes(100), {
      chunkSize: 16,
      async *pieces(whole: Buffer) {
        yield whole;
        yield chunk as unknown as Buffer;
      },
    });
    expect(await rejectionOf(storing)).toBeInstanceOf(TypeError);
    expect(await filesStored()).toEqual(before);
  });

  it('that fails is told by its own error, and no object appears', async () => {
    const failure = new Error('The connection was lost.');
    const before = await filesStored();
    const options = {
      chunkSize: 16,
      async *pieces(whole: Buffer) {
        yield whole;
        yield whole;
        throw failure;
      },
    };
    const storing = storeContent(
      temporary.store,
      randomBytes(500_000),
      options,
    );
    expect(await rejectionOf(storing)).toBe(failure);
    expect(await filesStored()).toEqual(before);
  });

  it('is ended when the store fails, and the error is the store’s', async () => {
    const failure = new Error('No space is left.');
    for (const failing of [1, 2, 3]) {
      const state = { writes: 0, ended: false };
      const options = {
        chunkSize: 65_536,
        async *pieces(whole: Buffer) {
          try {
            yield* inPiecesOf(50_000)(whole);
          } finally {
            state.ended = true;
          }
        },
        between: (writer: ObjectWriter) =>
          waiting(writer, async () => {
            state.writes += 1;
            if (state.writes === failing) throw failure;
          }),
      };
      const content = randomBytes(1_500_000);
      const storing = storeContent(temporary.store, content, options);
      expect(await rejectionOf(storing)).toBe(failure);
      expect(state).toEqual({ writes: failing, ended: true });
    }
  });

  it('that is a stream is destroyed when the store fails', async () => {
    const failure = new Error('No space is left.');
    const source = Readable.from([randomBytes(300_000), randomBytes(300_000)]);
    const refusing: ObjectWriter = {
      write: () => Promise.reject(failure),
      commit: async () => {},
      abort: async () => {},
    };
    const options = { key: SecretKey.random(), chunkSize: 65_536 };
    const writing = writeContainer(source, refusing, options);
    expect(await rejectionOf(writing)).toBe(failure);
    expect(source.destroyed).toBe(true);
  });
});
