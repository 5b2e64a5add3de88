import { spawnSync } from 'node:child_process';
import { chown, mkdir, readdir, rename, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, StoreError } from '../../lib/core/errors.js';
import {
  isInPlace,
  makeProcessFolder,
} from '../../lib/download/process-folder.js';
import { TemporaryFolder } from '../../lib/download/temporary-folder.js';
import { canMount, mountMemory } from './temporary-mount.js';
import { createAnonymous, ROOM, useTemporaryPlace } from './temporary-place.js';

const tmpfs = { tags: ['tmpfs' as const] };

describe.skipIf(!canMount())('a small file system', tmpfs, () => {
  const full = { code: 'STORE_FULL', status: 507 };

  it('that is full makes a write fail with STORE_FULL, and is free after close', async () => {
    using mount = mountMemory('size=256k,mode=700');
    const options = { base: mount.path, maxBytes: ROOM };
    const folder = await TemporaryFolder.open(options);
    const bytes = Buffer.alloc(192 * 1024, 1);
    for (const create of [
      () => createAnonymous(folder),
      () => folder.createNamed('a.txt', ROOM),
    ]) {
      const file = await create();
      const writing = file.write(Buffer.concat([bytes, bytes]));
      await expect(writing).rejects.toThrow(StoreError);
      await expect(writing).rejects.toMatchObject(full);
      await file.close();
      // The next file has the room again.
      await using next = await createAnonymous(folder);
      await next.write(bytes);
    }
    await folder.close();
    expect(await readdir(mount.path)).toEqual([]);
    const { bfree, blocks } = await statfs(mount.path);
    expect(bfree).toBe(blocks);
  });

  it('without room for a name makes the creation fail with STORE_FULL', async () => {
    // The root, the process folder and one file.
    using mount = mountMemory('size=256k,mode=700,nr_inodes=3');
    const options = { base: mount.path, maxBytes: 2 * ROOM };
    const folder = await TemporaryFolder.open(options);
    const one = await createAnonymous(folder);
    await expect(createAnonymous(folder)).rejects.toMatchObject(full);
    await expect(folder.createNamed('a', ROOM)).rejects.toMatchObject(full);
    await one.close();
    // What failed holds none of the room.
    await using all = await createAnonymous(folder, 2 * ROOM);
    await all.close();
    await using other = await folder.createNamed('a.txt', ROOM);
    expect(other.size).toBe(0);
    await folder.close();
  });
});

describe.skipIf(!canMount())('a base on another file system', tmpfs, () => {
  const place = useTemporaryPlace();

  it('is refused if it is read-only', async () => {
    using mount = mountMemory('ro,mode=700');
    const opening = TemporaryFolder.open({ base: mount.path });
    await expect(opening).rejects.toThrow(ConfigurationError);
    await expect(opening).rejects.toThrow('EROFS');
  });

  it('is refused if it belongs to another user', async () => {
    using mount = mountMemory('uid=65534,mode=755');
    const opening = TemporaryFolder.open({ base: mount.path });
    await expect(opening).rejects.toThrow(ConfigurationError);
    await expect(opening).rejects.toThrow('belongs to another user');
  });

  it('has no folder in place that belongs to another user', async () => {
    using mount = mountMemory('mode=700');
    const folder = await makeProcessFolder(mount.path);
    // As if it had the number of the one that was removed.
    await chown(folder.path, 65_534, 65_534);
    expect(await isInPlace(folder)).toBe(false);
  });

  it('is used although a dead folder in it cannot be removed', async () => {
    const dead = await makeDeadFolder(place.path);
    await mkdir(join(dead, 'mounted'));
    // Those that come after it in the listing are removed nevertheless.
    for (let i = 0; i < 10; i++) await makeDeadFolder(place.path);
    const reports: unknown[] = [];
    const report = (error: unknown) => reports.push(error);
    {
      using _mount = mountMemory('size=4k', join(dead, 'mounted'));
      const folder = await TemporaryFolder.open({ base: place.path, report });
      await using file = await folder.createNamed('a.txt', ROOM);
      await file.write(Buffer.from('content'));
      await folder.close();
      expect(await readdir(place.path)).toEqual([basename(dead)]);
    }
    expect(reports).toEqual([expect.any(StoreError)]);
    expect(String(reports[0])).toContain('EBUSY');
    expect(String(reports[0])).not.toContain(place.path);
  });
});

/** Makes a folder with the name that a process which has ended has left. */
async function makeDeadFolder(base: string): Promise<string> {
  const { path } = await makeProcessFolder(base);
  const { pid } = spawnSync(process.execPath, ['--version']);
  const dead = path.replace(`_${process.pid}_`, `_${pid}_`);
  await rename(path, dead);
  return dead;
}
