import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import type {
  ObjectReader,
  ObjectWriter,
} from '../../lib/core/store/object-store.js';

/** Registers the hook that removes the store's folder, after the application. */
export function useDelayingStore(): DelayingStore {
  // The application makes it when it opens the store.
  const folder = join(tmpdir(), `delaying-store-${randomUUID()}`);
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return new DelayingStore(folder, { durable: false });
}

/** A store on the disk that takes its time, once in each object, and for removals. */
export class DelayingStore extends DiskStore {
  /** Milliseconds; 0 for none. */
  delay = 0;
  /** Milliseconds that each removal waits. */
  removal = 0;
  /** The first read that is not before this position waits. */
  from = 0;

  override async create(key: string): Promise<ObjectWriter> {
    const writer = await super.create(key);
    let isSlow = true;
    return {
      write: async (bytes) => {
        if (isSlow) await setTimeout(this.delay);
        isSlow = false;
        await writer.write(bytes);
      },
      commit: () => writer.commit(),
      abort: async () => {
        await setTimeout(this.removal);
        await writer.abort();
      },
    };
  }

  override async remove(key: string): Promise<boolean> {
    await setTimeout(this.removal);
    return super.remove(key);
  }

  override async read(key: string): Promise<ObjectReader> {
    const reader = await super.read(key);
    let isSlow = true;
    return {
      size: reader.size,
      read: async (into, position) => {
        const waits = isSlow && position >= this.from;
        if (waits) {
          isSlow = false;
          await setTimeout(this.delay);
        }
        return reader.read(into, position);
      },
      close: () => reader.close(),
    };
  }
}
