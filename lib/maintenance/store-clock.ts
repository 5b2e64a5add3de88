import { StoreError } from '../core/errors.js';
import { beginObject, abandonObject } from '../core/store/new-object.js';
import { objectKey } from '../core/store/object-key.js';
import type { ObjectEntry, ObjectStore } from '../core/store/object-store.js';

/** What no container has: its size tells the object of a clock. */
export const CLOCK_BYTES = 1;

/**
 * The time by a store's own clock: that of an object which was made just now and
 * is met in the store's list. A clock of this machine that is wrong makes
 * nothing old.
 */
export class StoreClock {
  readonly #store: ObjectStore;
  readonly #key: string;
  #now: number | undefined;

  private constructor(store: ObjectStore, key: string) {
    this.#store = store;
    this.#key = key;
  }

  /** Makes the object, of one byte. Whoever has the clock stops it. */
  static async start(store: ObjectStore): Promise<StoreClock> {
    try {
      return new StoreClock(store, await makeObject(store));
    } catch (error) {
      throw isFull(error) ? noRoom(error) : error;
    }
  }

  /** Whether an entry of the list is the clock's own, from which it reads the time. */
  reads({ key, modifiedAt }: ObjectEntry): boolean {
    if (key !== this.#key) return false;
    this.#now = modifiedAt;
    return true;
  }

  /**
   * When the clock was started, epoch milliseconds; by this machine's clock if
   * that is earlier, so that both have to say that something is old.
   *
   * @throws StoreError if the list has ended without the object.
   */
  get now(): number {
    if (this.#now === undefined) {
      throw new StoreError(
        'The store did not list an object that was made just before: what it lists is not what it has. Nothing was removed. Check that nothing else cleans the store.',
      );
    }
    return Math.min(this.#now, Date.now());
  }

  /** Removes the object. */
  async stop(): Promise<void> {
    await this.#store.remove(this.#key);
  }
}

/** @returns its key. */
async function makeObject(store: ObjectStore): Promise<string> {
  const { object, writer } = await beginObject(store);
  try {
    await writer.write(Buffer.alloc(CLOCK_BYTES));
    await writer.commit();
  } catch (error) {
    await abandonObject(writer, error);
    throw error;
  }
  return objectKey(object);
}

function isFull(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'STORE_FULL';
}

function noRoom(cause: unknown): StoreError {
  return new StoreError(
    'A sweep makes an object of one byte, to learn the time of the store, and there is no room for it. Nothing was removed. Free a little, then sweep again.',
    { code: 'STORE_FULL', cause },
  );
}
