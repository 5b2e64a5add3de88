import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/core/errors.js';
import type { ObjectStore } from '../../lib/core/store/object-store.js';
import { objectReadingContract } from './object-reading.contract.js';
import { objectWritingContract } from './object-writing.contract.js';
import { entries, load, newKey, put } from './objects.js';
import type { EmptyStore, StorePlace } from './store-place.js';

/** Texts that are no keys. */
const NO_KEYS = [
  '',
  '.',
  '..',
  '../../etc/passwd',
  '/ab/cd/0123456789abcdef0123456789abcdef',
  'ab/cd',
  'ab/cd/',
  'ab/cd/..',
  '../cd/0123456789abcdef0123456789abcdef',
  'ab/../0123456789abcdef0123456789abcdef',
  'ab\\cd\\0123456789abcdef0123456789abcdef',
  'ab/cd\\0123456789abcdef0123456789abcdef',
  'ab/cd/0123456789abcdef0123456789abcde',
  'ab/cd/0123456789abcdef0123456789abcdef0',
  'ab/cd/0123456789ABCDEF0123456789ABCDEF',
  'AB/cd/0123456789abcdef0123456789abcdef',
  'ab/cd/0123456789abcdef0123456789abcdef\n',
  'ab/cd/0123456789abcdef0123456789abcdef\0',
  'ab/cd/0123456789abcdef0123456789abcdef.part',
  'ab/cd/0123456789abcdef0123456789abcdeｆ',
];

/**
 * What every {@link ObjectStore} keeps.
 *
 * @param name - of the store.
 * @param makeStore - makes a new place.
 */
export function objectStoreContract(
  name: string,
  makeStore: () => Promise<StorePlace>,
): void {
  describe(`${name}, as an object store`, () => {
    let place: StorePlace;
    let store: ObjectStore;

    beforeEach(async () => {
      place = await makeStore();
      store = place.connect();
      await store.open();
    });
    afterEach(() => place.dispose());

    const empty: EmptyStore = {
      get place() {
        return place;
      },
      get store() {
        return store;
      },
    };
    objectWritingContract(empty);
    objectReadingContract(empty);

    it('refuses what is no key in every call, and does not repeat it', async () => {
      for (const text of NO_KEYS) {
        for (const call of ['create', 'read', 'remove'] as const) {
          const refused = store[call](text);
          await expect(refused, `${call} ${text}`).rejects.toThrow(FormatError);
          if (text.length < 8) continue;
          await expect(refused).rejects.not.toThrow(text);
        }
      }
      expect(await entries(store)).toEqual([]);
    });

    it('may be opened again, and keeps what it has', async () => {
      const key = newKey();
      await put(store, key, Buffer.from('kept'));
      await store.open();
      expect((await load(store, key)).toString()).toBe('kept');
    });
  });
}
