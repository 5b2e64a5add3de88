import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import {
  DiskStore,
  type DiskStoreOptions,
} from '../../../lib/core/store/disk-store.js';
import type { ObjectStore } from '../../../lib/core/store/object-store.js';
import { entries } from '../../contract/objects.js';

/** A folder for one test, removed after it. */
export interface TemporaryPlace {
  readonly root: string;
  /** An opened store on the folder. */
  store(options?: DiskStoreOptions): Promise<DiskStore>;
  /** Paths of all that is no folder, sorted, below the folder. */
  files(): Promise<string[]>;
}

/** To be called in a suite's body; usable in its tests. */
export function useTemporaryPlace(): TemporaryPlace {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'disk-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return {
    get root() {
      return join(folder, 'uploads');
    },
    async store(options) {
      const store = new DiskStore(this.root, options);
      await store.open();
      return store;
    },
    files() {
      return filesBelow(this.root);
    },
  };
}

/** Keys that are listed, and whether each is complete; sorted. */
export async function listed(
  store: ObjectStore,
): Promise<[key: string, complete: boolean][]> {
  return (await entries(store))
    .map(({ key, complete }): [string, boolean] => [key, complete])
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

async function filesBelow(root: string): Promise<string[]> {
  const all = await readdir(root, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}
