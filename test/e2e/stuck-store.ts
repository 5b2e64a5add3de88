import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { StoreError } from '../../lib/core/errors.js';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import type {
  ObjectReader,
  ObjectWriter,
} from '../../lib/core/store/object-store.js';

/** Registers the hook that removes the store's folder, after the application. */
export function useStuckStore(): StuckStore {
  // The application makes it when it opens the store.
  const folder = join(tmpdir(), `stuck-store-${randomUUID()}`);
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return new StuckStore(folder);
}

/** What of a store can stop coming back. */
type Calls = 'writes' | 'reads' | 'removals';

/** A store on the disk that stops coming back, as a mount over a network may. */
export class StuckStore extends DiskStore {
  readonly folder: string;
  /** Whether a removal fails when it comes back. */
  isBroken = false;
  /** Calls that wait. */
  waiting = 0;
  #stuck: Calls | undefined;
  #release: () => void = () => undefined;
  #released = Promise.resolve();

  constructor(folder: string) {
    super(folder, { durable: false });
    this.folder = folder;
  }

  /** Such calls do not come back until it is released. */
  stick(calls: Calls): void {
    this.#stuck = calls;
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#stuck = undefined;
    this.#release();
  }

  override async create(key: string): Promise<ObjectWriter> {
    const writer = await super.create(key);
    return {
      write: async (bytes) => {
        await this.#wait('writes');
        await writer.write(bytes);
      },
      commit: () => writer.commit(),
      abort: () => writer.abort(),
    };
  }

  override async read(key: string): Promise<ObjectReader> {
    const reader = await super.read(key);
    return {
      size: reader.size,
      read: async (into, position) => {
        await this.#wait('reads');
        return reader.read(into, position);
      },
      close: () => reader.close(),
    };
  }

  override async remove(key: string): Promise<boolean> {
    await this.#wait('removals');
    if (this.isBroken) throw new StoreError('The disk is broken.');
    return super.remove(key);
  }

  async #wait(calls: Calls): Promise<void> {
    if (this.#stuck !== calls) return;
    this.waiting += 1;
    await this.#released;
    this.waiting -= 1;
  }
}
