import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { segmentsPerBatch } from '../../../lib/core/container/batch.js';
import { ContainerReader } from '../../../lib/core/container/container-reader.js';
import { slabs } from '../../../lib/core/container/slab-pool.js';
import {
  type Stored,
  storeContent,
  turns,
  useTemporaryStore,
} from './stored.js';

const temporary = useTemporaryStore();

const store = (size: number, chunkSize: number) =>
  storeContent(temporary.store, randomBytes(size), { chunkSize });

/** Opens a container, hands it over, and closes the object. */
async function withReader(
  { objectKey, key, size }: Stored,
  use: (container: ContainerReader) => Promise<void>,
): Promise<void> {
  const object = await temporary.store.read(objectKey);
  try {
    await use(await ContainerReader.open(object, { key, size }));
  } finally {
    await object.close();
  }
}

describe('decrypting over reused memory', () => {
  const SIZE = 1_500_000;

  it('gives all of it, each batch unchanged until its write is over', async () => {
    const stored = await store(SIZE, 65_536);
    await withReader(stored, async (container) => {
      const pieces: Buffer[] = [];
      let writing = 0;
      await container.decryptTo(async (batch) => {
        writing += 1;
        expect(writing).toBe(1);
        const before = Buffer.from(batch);
        await turns(20);
        expect(batch.equals(before)).toBe(true);
        pieces.push(before);
        writing -= 1;
      });
      expect(Buffer.concat(pieces).equals(stored.content)).toBe(true);
    });
  });

  it('ends with the error of a write, whichever it is', async () => {
    const failure = new Error('No space is left.');
    for (const failing of [1, 3, 6]) {
      await withReader(await store(SIZE, 65_536), async (container) => {
        let writes = 0;
        const decrypting = container.decryptTo(async () => {
          writes += 1;
          await turns(3);
          if (writes === failing) throw failure;
        });
        await expect(decrypting).rejects.toBe(failure);
        expect(writes).toBe(failing);
      });
    }
  });

  it('leaves no plaintext in the memory that the next one gets', async () => {
    const chunkSize = 50_000;
    const content = Buffer.alloc(SIZE, 'CANARY');
    const stored = await storeContent(temporary.store, content, { chunkSize });
    await withReader(stored, async (container) => {
      await container.decryptTo(async () => undefined);
    });
    const bytes = segmentsPerBatch(chunkSize) * chunkSize;
    const slabsNow = [slabs.acquire(bytes), slabs.acquire(bytes)];
    expect(slabsNow.some((slab) => slab.includes('CANARY'))).toBe(false);
    slabsNow.forEach((slab) => slabs.release(slab));
  });

  it('does not share it with others', async () => {
    const all = await Promise.all(
      Array.from({ length: 12 }, () => store(SIZE, 16_384)),
    );
    const read = all.map(async (stored) => {
      const pieces: Buffer[] = [];
      await withReader(stored, (container) =>
        container.decryptTo(async (batch) => {
          await turns(5);
          pieces.push(Buffer.from(batch));
        }),
      );
      return Buffer.concat(pieces).equals(stored.content);
    });
    expect(await Promise.all(read)).not.toContain(false);
  });
});
