import { execFileSync } from 'node:child_process';
import {
  mkdir,
  readdir,
  readFile,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../../lib/core/errors.js';
import { DiskStore } from '../../../lib/core/store/disk-store.js';
import { load, newKey, put } from '../../contract/objects.js';
import { rejectionOf } from '../thrown.js';
import { fileSystemAround, withoutLinks } from './faulty-file-system.js';
import { listed, useTemporaryPlace } from './temporary-place.js';

// D-29
describe('what was planted in the folder of the store', () => {
  const place = useTemporaryPlace();
  let store: DiskStore;
  let key: string;
  let path: string;
  /** A folder and a file outside the store, which must stay as they are. */
  let outside: string;
  let secret: string;

  beforeEach(async () => {
    store = await place.store();
    key = newKey();
    path = join(place.root, key);
    outside = join(dirname(place.root), 'outside');
    secret = join(outside, 'secret');
    await mkdir(outside);
    await writeFile(secret, 'of another');
  });

  async function expectUntouched(): Promise<void> {
    expect(await readFile(secret, 'utf8')).toBe('of another');
    expect(await readdir(outside, { recursive: true })).toEqual(['secret']);
  }

  it.each([2, 5])(
    'a link in the place of a folder is never followed (%d)',
    async (length) => {
      const folder = join(place.root, key.slice(0, length));
      await mkdir(dirname(folder), { recursive: true });
      await symlink(outside, folder);
      for (const call of ['create', 'read', 'remove'] as const) {
        await expectRefused(store[call](key));
      }
      expect(await listed(store)).toEqual([]);
      await expectUntouched();
    },
  );

  it('an object behind a linked folder is not read and not removed', async () => {
    const inner = join(outside, key.slice(3, 5));
    await mkdir(inner);
    await writeFile(join(inner, key.slice(6)), 'x');
    await symlink(outside, join(place.root, key.slice(0, 2)));
    for (const call of ['read', 'remove'] as const) {
      await expectRefused(store[call](key));
    }
    expect(await readdir(inner)).toEqual([key.slice(6)]);
  });

  it('a link in the place of an object is neither read nor written through', async () => {
    await mkdir(dirname(path), { recursive: true });
    await symlink(secret, path);
    await expectRefused(store.read(key));
    expect(await rejectionOf(store.create(key))).toHaveProperty(
      'code',
      'OBJECT_EXISTS',
    );
    expect(await listed(store)).toEqual([]);
    await expectUntouched();
  });

  it('a link that appears while an object is written is not replaced', async () => {
    for (const options of [{}, { fs: withoutLinks('EMLINK') }]) {
      const one = await place.store(options);
      const writer = await one.create(key);
      await writer.write(Buffer.from('content'));
      await symlink(secret, path);
      const failure = await rejectionOf(writer.commit());
      expect(failure).toHaveProperty('code', 'OBJECT_EXISTS');
      await writer.abort();
      expect(await place.files()).toContain(key);
      await unlink(path);
    }
    await expectUntouched();
  });

  it.each(['secret', 'nothing'])(
    'a link in the place of a part is not followed (to %s)',
    async (target) => {
      await mkdir(dirname(path), { recursive: true });
      await symlink(join(outside, target), `${path}.part`);
      expect(await rejectionOf(store.create(key))).toHaveProperty(
        'code',
        'OBJECT_EXISTS',
      );
      expect(await listed(store)).toEqual([]);
      await expectUntouched();
    },
  );

  it('a part that was exchanged is not made an object', async () => {
    for (const options of [{}, { fs: withoutLinks('EMLINK') }]) {
      const one = await place.store(options);
      const writer = await one.create(key);
      await writer.write(Buffer.from('content'));
      await unlink(`${path}.part`);
      await symlink(secret, `${path}.part`);
      await expectRefused(writer.commit());
      await writer.abort();
      expect(await place.files()).toContain(`${key}.part`);
      expect(await place.files()).not.toContain(key);
      await unlink(`${path}.part`);
    }
    await expectUntouched();
  });

  it('a part of another writer of the key is not made an object', async () => {
    const first = await store.create(key);
    await first.write(Buffer.from('first'));
    await unlink(`${path}.part`);
    const second = await store.create(key);
    await second.write(Buffer.from('second'));
    await expectRefused(first.commit());
    await first.abort();
    await second.commit();
    expect(String(await load(store, key))).toBe('second');
  });

  it.each(['link', 'rename'])(
    'an object exchanged in the moment of %s is not taken for ours, nor removed',
    async (step) => {
      const fs = fileSystemAround(async (name, call) => {
        const noLinks = step === 'rename' && name === 'link';
        if (noLinks) return withoutLinks('EPERM').link('', '');
        const result = await call();
        if (name === step) {
          await unlink(path);
          await writeFile(path, 'of another');
        }
        return result;
      });
      const writer = await (await place.store({ fs })).create(key);
      await expectRefused(writer.commit());
      await writer.abort();
      expect(await place.files()).toContain(key);
      expect(await readFile(path, 'utf8')).toBe('of another');
    },
  );

  it('a named pipe or a folder is neither read nor waited for', async () => {
    await mkdir(dirname(path), { recursive: true });
    execFileSync('mkfifo', [path]);
    await expectRefused(store.read(key));
    await unlink(path);
    await mkdir(path);
    await expectRefused(store.read(key));
    expect(await listed(store)).toEqual([]);
    await expectRefused(store.remove(key));
  });

  it('a file in the place of a folder is refused', async () => {
    await writeFile(join(place.root, key.slice(0, 2)), '');
    for (const call of ['create', 'read', 'remove'] as const) {
      await expectRefused(store[call](key));
    }
    expect(await listed(store)).toEqual([]);
  });

  it('foreign names are not listed', async () => {
    await put(store, key, Buffer.from('x'));
    const folder = dirname(path);
    const filename = key.slice(6);
    const names = ['.nfs0001', `${filename}.tmp`, `${filename}.part.part`];
    for (const name of [...names, filename.slice(1), '.part']) {
      await writeFile(join(folder, name), '');
    }
    await writeFile(join(place.root, 'lost+found'), '');
    for (const other of [
      '.trash/ab',
      'AB/cd',
      'abc/cd',
      'ab/xy',
      'ab/.trash',
    ]) {
      await mkdir(join(place.root, other), { recursive: true });
      await writeFile(join(place.root, other, filename), 'x');
    }
    expect(await listed(store)).toEqual([[key, true]]);
  });

  it('the root may be a link to a folder', async () => {
    const real = join(outside, 'real');
    await mkdir(real);
    const link = join(dirname(place.root), 'link');
    await symlink(real, link);
    const linked = new DiskStore(link);
    await linked.open();
    await put(linked, key, Buffer.from('x'));
    expect(await listed(linked)).toEqual([[key, true]]);
  });

  it('the root is refused if it is a file or a link that leads nowhere', async () => {
    await expectRefused(new DiskStore(secret).open());
    const dangling = join(dirname(place.root), 'dangling');
    await symlink(join(outside, 'nothing'), dangling);
    await expectRefused(new DiskStore(dangling).open());
    await expectUntouched();
    expect(await place.files()).toEqual([]);
  });
});

/** A StoreError whose message shows no path. */
async function expectRefused(act: Promise<unknown>): Promise<void> {
  const failure = await rejectionOf(act);
  expect(failure).toBeInstanceOf(StoreError);
  expect(failure).toHaveProperty('code', 'STORE');
  expect(String(failure)).not.toMatch(/\/|disk-store-|[0-9a-f]{32}/);
}
