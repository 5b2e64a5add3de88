import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../lib/core/errors.js';
import { DiskStore } from '../../../lib/core/store/disk-store.js';
import { rejectionOf } from '../thrown.js';
import { useTemporaryPlace } from './temporary-place.js';

describe('two stores on the disk', () => {
  const place = useTemporaryPlace();

  it('are in the same place if they have one folder, by whatever path', async () => {
    const store = await place.store();
    const link = `${place.root}-link`;
    await symlink(place.root, link);
    const same = [place.root, `${place.root}/../uploads`, link];
    for (const root of same) {
      expect(await store.isSamePlace(new DiskStore(root))).toBe(true);
    }
    expect(await store.isSamePlace(store)).toBe(true);
  });

  it('are in different places if one is within the other', async () => {
    const store = await place.store();
    const inner = join(place.root, 'inner');
    await mkdir(inner);
    expect(await store.isSamePlace(new DiskStore(inner))).toBe(false);
    expect(await new DiskStore(inner).isSamePlace(store)).toBe(false);
  });

  it('cannot be told apart when a folder is gone', async () => {
    const store = await place.store();
    const gone = new DiskStore(`${place.root}-gone`);
    const error = await rejectionOf(store.isSamePlace(gone));
    expect(error).toBeInstanceOf(StoreError);
    expect(String(error)).not.toContain(place.root);
  });
});
