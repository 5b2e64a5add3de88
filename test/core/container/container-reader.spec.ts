import { randomBytes } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContainerReader } from '../../../lib/core/container/container-reader.js';
import { IntegrityError } from '../../../lib/core/errors.js';
import type { ByteRange } from '../../../lib/core/floe/geometry.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import type { ObjectReader } from '../../../lib/core/store/object-store.js';
import { rejectionOf } from '../thrown.js';
import {
  NotingReader,
  type Stored,
  storeContent,
  useTemporaryStore,
} from './stored.js';

const temporary = useTemporaryStore();

const store = (size: number, chunkSize: number) =>
  storeContent(temporary.store, randomBytes(size), { chunkSize });

/** Opens a container, hands it over, and closes the object. */
async function withReader<T>(
  { objectKey, key, size }: Stored,
  use: (container: ContainerReader, object: NotingReader) => Promise<T>,
): Promise<T> {
  const object = new NotingReader(await temporary.store.read(objectKey));
  try {
    return await use(await ContainerReader.open(object, { key, size }), object);
  } finally {
    await object.close();
  }
}

async function contentOf(
  container: ContainerReader,
  range?: ByteRange,
): Promise<Buffer> {
  const batches: Buffer[] = [];
  for await (const batch of container.decrypt(range)) batches.push(batch);
  return Buffer.concat(batches);
}

/** A run of an object's bytes. */
interface Run {
  readonly start: number;
  readonly length: number;
}

/** What a range that is not empty needs of an object besides its header. */
function touched(
  { start, end }: ByteRange,
  size: number,
  chunkSize: number,
): Run {
  const first = Math.floor(start / chunkSize);
  const behind = Math.ceil(end / chunkSize);
  const plaintext = Math.min(behind * chunkSize, size) - first * chunkSize;
  return {
    start: 74 + first * (chunkSize + 32),
    length: plaintext + 32 * (behind - first),
  };
}

/** The header, then all that was read behind it; reads must follow each other. */
function runsRead({ reads }: NotingReader): Run[] {
  const [header, first, ...others] = reads;
  if (!header || !first) return [...reads];
  let end = first.start + first.length;
  for (const { start, length } of others) {
    if (start !== end) return [...reads];
    end += length;
  }
  return [header, { start: first.start, length: end - first.start }];
}

const HEADER: Run = { start: 0, length: 74 };

describe.each([16, 65_536])('a container in segments of %d', (C) => {
  it.each([0, 1, C - 1, C, C + 1, 2 * C, 3 * C + 7])(
    'gives its %d bytes',
    async (size) => {
      const stored = await store(size, C);
      await withReader(stored, async (container) => {
        expect(container.size).toBe(size);
        const content = await contentOf(container);
        expect(content.equals(stored.content)).toBe(true);
      });
    },
  );

  it('gives the bytes of a range, and reads what they need', async () => {
    const size = 3 * C + 7;
    const stored = await store(size, C);
    const edges = [0, 1, C - 1, C, C + 1, 2 * C, 3 * C - 1, 3 * C, size];
    for (const start of edges) {
      for (const end of edges.filter((edge) => edge > start)) {
        await withReader(stored, async (container, object) => {
          const part = await contentOf(container, { start, end });
          const expected = stored.content.subarray(start, end);
          expect(part.equals(expected)).toBe(true);
          const run = touched({ start, end }, size, C);
          expect(runsRead(object)).toEqual([HEADER, run]);
        });
      }
    }
  });
});

describe('a range', () => {
  it('of any length is exact, and no byte is read for it twice', async () => {
    const chunkSize = 1000;
    const size = 700_123;
    const stored = await store(size, chunkSize);
    const position = fc.nat({ max: size });
    await fc.assert(
      fc.asyncProperty(position, position, async (one, other) => {
        const range = {
          start: Math.min(one, other),
          end: Math.max(one, other),
        };
        fc.pre(range.start < range.end);
        await withReader(stored, async (container, object) => {
          const part = await contentOf(container, range);
          const { start, end } = range;
          expect(part.equals(stored.content.subarray(start, end))).toBe(true);
          const run = touched(range, size, chunkSize);
          expect(runsRead(object)).toEqual([HEADER, run]);
        });
      }),
      { numRuns: 40 },
    );
  });

  it('that is empty gives nothing', async () => {
    const stored = await store(48, 16);
    for (const at of [0, 15, 16, 47, 48]) {
      await withReader(stored, async (container) => {
        const part = await contentOf(container, { start: at, end: at });
        expect(part).toHaveLength(0);
      });
    }
  });

  it.each([
    { start: -1, end: 5 },
    { start: 5, end: 4 },
    { start: 0, end: 41 },
    { start: 41, end: 41 },
    { start: 0.5, end: 5 },
    { start: 0, end: Infinity },
    { start: NaN, end: NaN },
    { start: 2 ** 53, end: 2 ** 53 },
  ])(
    'from $start to $end of 40 bytes is refused, nothing is read',
    async (range) => {
      await withReader(await store(40, 16), async (container, object) => {
        await expect(contentOf(container, range)).rejects.toThrow(RangeError);
        expect(object.reads).toHaveLength(1);
      });
    },
  );
});

describe('reading a container', () => {
  it.each([1, 65_536, 65_537, 5 * 65_536 + 1])(
    'gives %i bytes in buffers of their own, which hold nothing else',
    async (size) => {
      await withReader(await store(size, 65_536), async (container) => {
        for await (const batch of container.decrypt()) {
          expect(batch.buffer.byteLength).toBe(batch.length);
        }
      });
    },
  );

  it('reads the header alone until its content is asked for', async () => {
    await withReader(await store(100_000, 1000), async (container, object) => {
      container.decrypt();
      expect(object.reads).toEqual([HEADER]);
    });
  });

  it('reads one batch ahead of its consumer, and no further', async () => {
    await withReader(
      await store(2_000_000, 65_536),
      async (container, object) => {
        for await (const batch of container.decrypt()) {
          expect(batch.length).toBeGreaterThan(0);
          expect(object.reads.length).toBeLessThanOrEqual(3);
          break;
        }
        expect(object.reads).toHaveLength(3);
      },
    );
  });

  it('gives bytes that are the caller’s, and stay', async () => {
    const stored = await store(900_000, 65_536);
    await withReader(stored, async (container) => {
      const first: Buffer[] = [];
      for await (const batch of container.decrypt()) first.push(batch);
      const kept = Buffer.concat(first);
      for (const piece of first) piece.fill(0);
      expect((await contentOf(container)).equals(stored.content)).toBe(true);
      expect(kept.equals(stored.content)).toBe(true);
    });
  });

  it('goes on in two places at once', async () => {
    const stored = await store(900_000, 65_536);
    await withReader(stored, async (container) => {
      const { content } = stored;
      const parts = await Promise.all([
        contentOf(container),
        contentOf(container, { start: 100_000, end: 900_000 }),
        contentOf(container, { start: 700_001, end: 700_002 }),
      ]);
      const expected = [
        content,
        content.subarray(100_000),
        content.subarray(700_001, 700_002),
      ];
      expect(
        parts.map((part, at) => part.equals(expected[at] ?? part)),
      ).toEqual([true, true, true]);
    });
  });

  it('leaves the object open for its owner', async () => {
    const stored = await store(40, 16);
    const object = await temporary.store.read(stored.objectKey);
    const container = await ContainerReader.open(object, stored);
    await contentOf(container);
    expect(await object.read(Buffer.alloc(10), 0)).toBe(10);
    await object.close();
  });

  it('tells a failure of the store as it is, and the next read is whole', async () => {
    const failure = new Error('The disk does not answer.');
    const stored = await store(900_000, 65_536);
    const object = await temporary.store.read(stored.objectKey);
    let untilFailure = 3;
    const failing: ObjectReader = {
      size: object.size,
      read: (into, position) => {
        untilFailure -= 1;
        return untilFailure === 0
          ? Promise.reject(failure)
          : object.read(into, position);
      },
      close: () => object.close(),
    };
    const container = await ContainerReader.open(failing, stored);
    expect(await rejectionOf(contentOf(container))).toBe(failure);
    expect((await contentOf(container)).equals(stored.content)).toBe(true);
    await object.close();
  });

  it('refuses an object that ends while it is read', async () => {
    const stored = await store(900_000, 65_536);
    await withReader(stored, async (container) => {
      await truncate(join(temporary.folder, stored.objectKey), 500_000);
      const part = contentOf(container);
      await expect(part).rejects.toThrow(IntegrityError);
    });
  });

  it('refuses another key before it reads a segment', async () => {
    const stored = await store(40, 16);
    const object = new NotingReader(
      await temporary.store.read(stored.objectKey),
    );
    const opening = ContainerReader.open(object, {
      key: SecretKey.random(),
      size: 40,
    });
    await expect(opening).rejects.toThrow(IntegrityError);
    expect(object.reads).toEqual([HEADER]);
    await object.close();
  });
});
