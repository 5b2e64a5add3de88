import { randomBytes } from 'node:crypto';
import * as files from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../lib/core/errors.js';
import type { DiskStore } from '../../../lib/core/store/disk-store.js';
import type { FileSystem } from '../../../lib/core/store/file-system.js';
import { load, newKey, put } from '../../contract/objects.js';
import { OneFault, withoutLinks } from './faulty-file-system.js';
import { failureOf, isOurs } from './outcome.js';
import { listed, useTemporaryPlace } from './temporary-place.js';

const SYSTEMS: [name: string, fs: FileSystem, steps: string[]][] = [
  ['with hard links', files, ['handle.sync', 'link', 'unlink', 'handle.close']],
  [
    'without hard links',
    withoutLinks('EPERM'),
    ['handle.sync', 'link', 'open', 'rename', 'handle.close'],
  ],
];
const content = randomBytes(5000);

describe.each(SYSTEMS)('a fault, %s', (_, base, steps) => {
  const place = useTemporaryPlace();

  /** Lets each call of an act fail in turn, until the act makes no more. */
  async function forEachFault(
    act: (fault: OneFault, store: DiskStore) => Promise<void>,
  ): Promise<string[]> {
    let calls: string[] = [];
    for (const done of [false, true]) {
      for (let at = 0, reached = true; reached; at += 1) {
        const fault = new OneFault(at, { done, base });
        await act(fault, await place.store({ fs: fault.fs }));
        ({ reached, calls } = fault);
      }
    }
    return calls;
  }

  /** Now and then a random key's folders are there already. */
  async function keyInNewFolder(): Promise<string> {
    const folders = await files.readdir(place.root, { recursive: true });
    for (;;) {
      const key = newKey();
      if (!folders.includes(key.slice(0, 5))) return key;
    }
  }

  it('a commit that fails at any step leaves nothing after abort', async () => {
    const calls = await forEachFault(async (fault, store) => {
      const key = newKey();
      const writer = await store.create(key);
      await writer.write(content);
      fault.armed = true;
      const failure = await failureOf(writer.commit());
      fault.armed = false;
      expect(isOurs(failure ?? new StoreError('none'))).toBe(true);
      // Some faults do no harm: a link that was made all the same.
      expect(fault.reached || failure === undefined).toBe(true);
      await writer.abort();
      expect(await place.files()).toEqual(failure ? [] : [key]);
      await store.remove(key);
      await put(store, key, content);
      expect(await load(store, key)).toEqual(content);
      await store.remove(key);
    });
    expect(calls).toEqual(expect.arrayContaining(steps));
  });

  it('a create that fails at any step leaves nothing', async () => {
    const calls = await forEachFault(async (fault, store) => {
      const key = await keyInNewFolder();
      fault.armed = true;
      const creating = store.create(key);
      const failure = await failureOf(creating);
      fault.armed = false;
      expect(isOurs(failure ?? new StoreError('none'))).toBe(true);
      expect(fault.reached || failure === undefined).toBe(true);
      expect(await place.files()).toEqual(failure ? [] : [`${key}.part`]);
      if (!failure) await (await creating).abort();
      await put(store, key, content);
      expect(await load(store, key)).toEqual(content);
      await store.remove(key);
    });
    const wanted = ['lstat', 'mkdir', 'open', 'handle.stat', 'handle.sync'];
    expect(calls).toEqual(expect.arrayContaining(wanted));
  });

  it('an abort that fails can be repeated', async () => {
    const calls = await forEachFault(async (fault, store) => {
      const writer = await store.create(newKey());
      await writer.write(content);
      fault.armed = true;
      const failure = await failureOf(writer.abort());
      fault.armed = false;
      expect(isOurs(failure ?? new StoreError('none'))).toBe(true);
      await writer.abort();
      expect(await place.files()).toEqual([]);
    });
    expect(calls).toEqual(expect.arrayContaining(['lstat', 'unlink']));
  });

  it('a remove that fails can be repeated', async () => {
    const calls = await forEachFault(async (fault, store) => {
      const key = newKey();
      await put(store, key, content);
      fault.armed = true;
      const failure = await failureOf(store.remove(key));
      fault.armed = false;
      expect(isOurs(failure ?? new StoreError('none'))).toBe(true);
      await store.remove(key);
      expect(await place.files()).toEqual([]);
    });
    expect(calls).toEqual(expect.arrayContaining(['unlink', 'handle.sync']));
  });

  it('a read that fails at any step says so', async () => {
    const key = newKey();
    await put(await place.store(), key, content);
    await forEachFault(async (fault, store) => {
      fault.armed = true;
      const failure = await failureOf(load(store, key));
      expect(isOurs(failure ?? new StoreError('none'))).toBe(true);
      expect(failure !== undefined).toBe(fault.reached);
    });
  });

  it('a listing that fails at any step says so', async () => {
    const keys = [newKey(), newKey()].toSorted();
    for (const key of keys) await put(await place.store(), key, content);
    await forEachFault(async (fault, store) => {
      fault.armed = true;
      const listing = listed(store);
      const failure = await failureOf(listing);
      expect(isOurs(failure ?? new StoreError('none'))).toBe(true);
      expect(failure !== undefined).toBe(fault.reached);
    });
  });
});
