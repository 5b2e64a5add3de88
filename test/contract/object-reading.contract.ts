import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { ObjectNotFoundError, StoreError } from '../../lib/core/errors.js';
import type { ObjectStore } from '../../lib/core/store/object-store.js';
import type { EmptyStore } from './store-place.js';
import { entries, load, newKey, put } from './objects.js';

/** What every store keeps while objects are read, removed and listed. */
export function objectReadingContract(empty: EmptyStore): void {
  let store: ObjectStore;
  let key: string;
  beforeEach(() => {
    ({ store } = empty);
    key = newKey();
  });

  describe('reading', () => {
    it('says that an object is not there', async () => {
      await expect(store.read(key)).rejects.toThrow(ObjectNotFoundError);
    });

    it('reads from any position, less only where the object ends', async () => {
      const content = randomBytes(200_000);
      await put(store, key, content);
      const reader = await store.read(key);
      expect(reader.size).toBe(200_000);
      const wanted = [
        [0, 10],
        [10, 65_536],
        [1, 199_999],
        [199_999, 1],
        [199_990, 100],
        [200_000, 10],
        [300_000, 10],
        [5, 0],
      ] as const;
      for (const [position, length] of wanted) {
        const into = Buffer.alloc(length);
        const read = await reader.read(into, position);
        const there = content.subarray(position, position + length);
        expect(read).toBe(there.length);
        expect(into.subarray(0, read).equals(there)).toBe(true);
      }
      await reader.close();
    });

    it('keeps overlapping reads apart', async () => {
      const content = randomBytes(500_000);
      await put(store, key, content);
      const reader = await store.read(key);
      const starts = Array.from({ length: 40 }, (_, at) => at * 12_345);
      const parts = await Promise.all(
        starts.map(async (start) => {
          const into = Buffer.alloc(10_000);
          await reader.read(into, start);
          return into;
        }),
      );
      await reader.close();
      const wanted = starts.map((at) => content.subarray(at, at + 10_000));
      expect(parts.map((part, at) => part.equals(wanted[at] ?? part))).toEqual(
        starts.map(() => true),
      );
    });

    it('serves several readers, each closed on its own, also twice', async () => {
      await put(store, key, Buffer.from('abcdef'));
      const first = await store.read(key);
      const second = await store.read(key);
      await first.close();
      await first.close();
      const into = Buffer.alloc(6);
      await second.read(into, 0);
      await second.close();
      expect(into.toString()).toBe('abcdef');
    });

    it('reads in another process what one has written', async () => {
      const content = randomBytes(1000);
      await put(store, key, content);
      const other = empty.place.connect();
      await other.open();
      expect(await load(other, key)).toEqual(content);
    });
  });

  describe('removing', () => {
    it('tells whether there was an object, and frees the key', async () => {
      const neighbour = newKey();
      await put(store, neighbour, Buffer.from('neighbour'));
      await put(store, key, Buffer.from('first'));
      expect(await store.remove(key)).toBe(true);
      expect(await store.remove(key)).toBe(false);
      await expect(store.read(key)).rejects.toThrow(ObjectNotFoundError);
      await put(store, key, Buffer.from('second'));
      expect(await load(store, key)).toEqual(Buffer.from('second'));
      expect((await load(store, neighbour)).toString()).toBe('neighbour');
    });

    it('removes what an unfinished write has left', async () => {
      const writer = await store.create(key);
      await writer.write(randomBytes(1000));
      await store.remove(key);
      expect(await entries(store)).toEqual([]);
      await expect(writer.commit()).rejects.toThrow(StoreError);
      await writer.abort();
      await expect(store.read(key)).rejects.toThrow(ObjectNotFoundError);
    });
  });

  describe('listing', () => {
    it('lists nothing of an empty store', async () => {
      expect(await entries(store)).toEqual([]);
    });

    it('lists each object once, with its size', async () => {
      const sizes = new Map<string, number>();
      for (let size = 0; size < 150; size += 1) {
        const each = newKey();
        sizes.set(each, size);
        await put(store, each, Buffer.alloc(size));
      }
      const listed = await entries(store);
      expect(listed).toHaveLength(150);
      expect(new Map(listed.map((one) => [one.key, one.size]))).toEqual(sizes);
      expect(listed.every(({ complete }) => complete)).toBe(true);
    });

    it('gives the time of the last change in epoch milliseconds', async () => {
      await put(store, key, Buffer.from('x'));
      const [entry] = await entries(store);
      const day = 24 * 60 * 60 * 1000;
      expect(Number.isSafeInteger(entry?.modifiedAt)).toBe(true);
      expect(entry?.modifiedAt).toBeGreaterThan(Date.now() - day);
      expect(entry?.modifiedAt).toBeLessThan(Date.now() + day);
    });

    it('marks an object that is being written as incomplete', async () => {
      const writer = await store.create(key);
      await writer.write(randomBytes(1000));
      const before = await entries(store);
      expect(before.map((one) => [one.key, one.complete])).toEqual([
        [key, false],
      ]);
      await writer.commit();
      const after = await entries(store);
      expect(after.map((one) => [one.key, one.complete])).toEqual([
        [key, true],
      ]);
    });

    it('may be left early, and goes on while objects are removed', async () => {
      for (let at = 0; at < 50; at += 1) {
        await put(store, newKey(), Buffer.of(at));
      }
      for await (const entry of store.list()) {
        expect(entry.complete).toBe(true);
        break;
      }
      for await (const entry of store.list()) await store.remove(entry.key);
      expect(await entries(store)).toEqual([]);
    });
  });
}
