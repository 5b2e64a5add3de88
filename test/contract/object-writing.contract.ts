import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ObjectNotFoundError, StoreError } from '../../lib/core/errors.js';
import type { ObjectStore } from '../../lib/core/store/object-store.js';
import type { EmptyStore } from './store-place.js';
import { entries, expectTaken, load, newKey, put, sizeOf } from './objects.js';

/** What every store keeps while objects are written. */
export function objectWritingContract(empty: EmptyStore): void {
  let store: ObjectStore;
  let key: string;
  beforeEach(() => {
    ({ store } = empty);
    key = newKey();
  });

  describe('writing', () => {
    for (const size of [0, 1, 65_535, 65_536, 65_537, 1_000_003]) {
      it(`gives back an object of ${size} bytes`, async () => {
        const content = randomBytes(size);
        await put(store, key, content);
        expect((await load(store, key)).equals(content)).toBe(true);
      });
    }

    it('appends what is written piece by piece, empty pieces included', async () => {
      const pieces = [0, 1, 100_000, 0, 7, 65_536].map((n) => randomBytes(n));
      await put(store, key, ...pieces);
      const content = Buffer.concat(pieces);
      expect((await load(store, key)).equals(content)).toBe(true);
    });

    it('leaves the bytes to their caller, who overwrites them', async () => {
      const slab = Buffer.alloc(70_000);
      const writer = await store.create(key);
      for (const value of [1, 2, 3]) {
        await writer.write(slab.fill(value));
      }
      slab.fill(9);
      await writer.commit();
      const wanted = [1, 2, 3].map((value) => Buffer.alloc(70_000, value));
      const content = await load(store, key);
      expect(content.equals(Buffer.concat(wanted))).toBe(true);
    });

    it('shows an object to nobody before it is completed', async () => {
      const other = empty.place.connect();
      await other.open();
      const writer = await store.create(key);
      await writer.write(randomBytes(100_000));
      for (const reader of [store, other]) {
        await expect(reader.read(key)).rejects.toThrow(ObjectNotFoundError);
      }
      await writer.commit();
      expect(await load(other, key)).toHaveLength(100_000);
    });

    it('shows an object whole or not at all while it is completed', async () => {
      const content = randomBytes(300_000);
      const stop = new AbortController();
      const watching = (async () => {
        const seen = new Set<number>();
        while (!stop.signal.aborted) seen.add(await sizeOf(store, key));
        return seen;
      })();
      for (let round = 0; round < 30; round += 1) {
        await put(store, key, content);
        await store.remove(key);
      }
      stop.abort();
      for (const size of await watching) expect([-1, 300_000]).toContain(size);
    });
  });

  describe('a key that is taken', () => {
    it('is refused, and its object stays as it was', async () => {
      const content = randomBytes(1000);
      await put(store, key, content);
      await expectTaken(store.create(key));
      expect(await load(store, key)).toEqual(content);
    });

    it('is refused while its object is being written', async () => {
      const other = empty.place.connect();
      await other.open();
      const content = randomBytes(1000);
      const writer = await store.create(key);
      await writer.write(content);
      await expectTaken(store.create(key));
      await expectTaken(other.create(key));
      await writer.commit();
      expect(await load(store, key)).toEqual(content);
    });

    it('goes to exactly one of many who ask at once', async () => {
      const stores = [store, empty.place.connect(), empty.place.connect()];
      for (const each of stores) await each.open();
      const asking = Array.from({ length: 30 }, async (_, at) => {
        const content = Buffer.alloc(100, at);
        await put(stores[at % 3] ?? store, key, content);
        return content;
      });
      const settled = await Promise.allSettled(asking);
      const won = settled.filter(({ status }) => status === 'fulfilled');
      const lost = settled.filter(({ status }) => status === 'rejected');
      expect(won).toHaveLength(1);
      for (const { reason } of lost as PromiseRejectedResult[]) {
        expect(reason).toBeInstanceOf(StoreError);
        expect(reason).toHaveProperty('code', 'OBJECT_EXISTS');
      }
      const [winner] = won as PromiseFulfilledResult<Buffer>[];
      expect(await load(store, key)).toEqual(winner?.value);
      expect(await entries(store)).toHaveLength(1);
    });
  });

  describe('abort', () => {
    it('removes what was written, and frees the key', async () => {
      const writer = await store.create(key);
      await writer.write(randomBytes(100_000));
      await writer.abort();
      expect(await entries(store)).toEqual([]);
      await expect(store.read(key)).rejects.toThrow(ObjectNotFoundError);
      await put(store, key, Buffer.from('later'));
      expect(await load(store, key)).toEqual(Buffer.from('later'));
    });

    it('may come before the first byte, and again', async () => {
      const writer = await store.create(key);
      await writer.abort();
      await writer.abort();
      expect(await entries(store)).toEqual([]);
    });

    it('does nothing after the commit', async () => {
      const content = randomBytes(1000);
      const writer = await store.create(key);
      await writer.write(content);
      await writer.commit();
      await writer.abort();
      expect(await load(store, key)).toEqual(content);
    });

    it('leaves alone what another has put under the key since', async () => {
      const first = await store.create(key);
      await first.abort();
      await put(store, key, Buffer.from('of another'));
      await first.abort();
      expect(await load(store, key)).toEqual(Buffer.from('of another'));
    });
  });
}
