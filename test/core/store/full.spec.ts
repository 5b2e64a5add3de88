import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdtemp, readdir, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskStore } from '../../../lib/core/store/disk-store.js';
import { load, newKey, put } from '../../contract/objects.js';
import { rejectionOf } from '../thrown.js';
import { listed } from './temporary-place.js';

const MEBIBYTE = 1024 * 1024;

describe.skipIf(!mayMount())('a full disk', { tags: ['tmpfs'] }, () => {
  let folder: string;
  let store: DiskStore;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'full-disk-'));
    mount(folder);
    store = new DiskStore(join(folder, 'uploads'));
    await store.open();
  });
  afterEach(async () => {
    execFileSync('umount', [folder]);
    await rmdir(folder);
  });

  it('is told apart, and abort gives all space back', async () => {
    const kept = newKey();
    await put(store, kept, Buffer.from('kept'));
    const free = await freeBytes(folder);
    for (let round = 0; round < 3; round += 1) {
      const writer = await store.create(newKey());
      const full = await rejectionOf(fill(writer));
      expect(full).toHaveProperty('code', 'STORE_FULL');
      expect(full).toHaveProperty('status', 507);
      expect(full).toHaveProperty('cause.code', 'ENOSPC');
      expect(String(full)).not.toContain(folder);
      await writer.abort();
      expect(await listed(store)).toEqual([[kept, true]]);
    }
    // The folders that were made stay; on this file system they take nothing.
    expect(await freeBytes(folder)).toBe(free);
    const content = randomBytes(MEBIBYTE / 2);
    const key = newKey();
    await put(store, key, content);
    expect((await load(store, key)).equals(content)).toBe(true);
    expect(String(await load(store, kept))).toBe('kept');
  });

  it('takes what fits of one long write, and keeps none of it', async () => {
    const writer = await store.create(newKey());
    const long = writer.write(randomBytes(2 * MEBIBYTE));
    expect(await rejectionOf(long)).toHaveProperty('code', 'STORE_FULL');
    await writer.abort();
    const below = await readdir(folder, {
      recursive: true,
      withFileTypes: true,
    });
    expect(below.filter((entry) => entry.isFile())).toEqual([]);
  });
});

async function fill(writer: {
  write(bytes: Uint8Array): Promise<void>;
}): Promise<never> {
  for (;;) await writer.write(randomBytes(50_000));
}

async function freeBytes(folder: string): Promise<number> {
  const { bfree, bsize } = await statfs(folder);
  return bfree * bsize;
}

function mount(folder: string): void {
  const options = ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder];
  execFileSync('mount', options, { stdio: 'ignore' });
}

function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'full-disk-'));
  try {
    mount(folder);
    execFileSync('umount', [folder]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(folder);
  }
}
