import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as files from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load, newKey, put } from '../../contract/objects.js';
import { rejectionOf } from '../thrown.js';
import {
  fileSystemAround,
  systemError,
  withoutLinks,
} from './faulty-file-system.js';
import { isOurs } from './outcome.js';
import {
  listed,
  type TemporaryPlace,
  useTemporaryPlace,
} from './temporary-place.js';

const content = randomBytes(5000);

describe('failures', () => {
  const place = useTemporaryPlace();

  it('both names are removed when a failed abort is repeated', async () => {
    let failing = false;
    const fs = fileSystemAround((name, call) =>
      failing && name === 'unlink'
        ? Promise.reject(systemError('EIO'))
        : call(),
    );
    const key = newKey();
    const writer = await (await place.store({ fs })).create(key);
    failing = true;
    expect(isOurs(await rejectionOf(writer.commit()))).toBe(true);
    expect(isOurs(await rejectionOf(writer.abort()))).toBe(true);
    expect(await place.files()).toEqual([key, `${key}.part`]);
    failing = false;
    await writer.abort();
    expect(await place.files()).toEqual([]);
  });

  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'] as const)(
    'an object is completed where link says %s',
    async (name) => {
      const store = await place.store({ fs: withoutLinks(name) });
      const key = newKey();
      await put(store, key, content);
      expect(await load(store, key)).toEqual(content);
      expect(await place.files()).toEqual([key]);
    },
  );

  it('no empty object is seen while the final name is reserved', async () => {
    const key = newKey();
    const seen: unknown[] = [];
    const fs = fileSystemAround(async (name, call) => {
      if (name === 'link') throw systemError('ENOTSUP');
      if (name === 'rename') {
        seen.push(await place.files(), await listed(other));
        seen.push(await rejectionOf(other.read(key)));
      }
      return call();
    });
    const other = await place.store();
    await put(await place.store({ fs }), key, content);
    expect(seen).toEqual([
      [key, `${key}.part`],
      [[key, false]],
      expect.objectContaining({ code: 'OBJECT_NOT_FOUND' }),
    ]);
  });

  it('a link that was made counts, even if its answer was lost', async () => {
    const fs = fileSystemAround(async (name, call) => {
      const result = await call();
      if (name === 'link') throw systemError('EEXIST');
      return result;
    });
    const store = await place.store({ fs });
    const key = newKey();
    await put(store, key, content);
    expect(await load(store, key)).toEqual(content);
    expect(await place.files()).toEqual([key]);
  });

  it('an object beside a part that was left is listed once, as complete', async () => {
    const store = await place.store();
    const key = newKey();
    await put(store, key, content);
    const path = `${place.root}/${key}`;
    await files.link(path, `${path}.part`);
    expect(await listed(store)).toEqual([[key, true]]);
    await files.unlink(`${path}.part`);
    await files.writeFile(`${path}.part`, 'another');
    expect(await listed(store)).toEqual([[key, true]]);
    expect(await load(store, key)).toEqual(content);
    await store.remove(key);
    expect(await place.files()).toEqual([]);
  });

  it('an object that took the key meanwhile is never replaced', async () => {
    for (const fs of [files, withoutLinks('EPERM')]) {
      const store = await place.store({ fs });
      const key = newKey();
      const writer = await store.create(key);
      await writer.write(content);
      const path = `${place.root}/${key}`;
      await files.writeFile(path, 'of another');
      expect(await rejectionOf(writer.commit())).toHaveProperty(
        'code',
        'OBJECT_EXISTS',
      );
      await writer.abort();
      expect(await files.readFile(path, 'utf8')).toBe('of another');
      await files.unlink(path);
      expect(await place.files()).toEqual([]);
    }
  });

  it('a write that failed is not taken up again', async () => {
    let failing = false;
    const fs = fileSystemAround((name, call) =>
      failing && name === 'handle.write'
        ? Promise.reject(systemError('ENOSPC'))
        : call(),
    );
    const store = await place.store({ fs });
    const writer = await store.create(newKey());
    failing = true;
    const full = await rejectionOf(writer.write(content));
    expect(full).toHaveProperty('code', 'STORE_FULL');
    failing = false;
    expect(isOurs(await rejectionOf(writer.write(content)))).toBe(true);
    expect(isOurs(await rejectionOf(writer.commit()))).toBe(true);
    await writer.abort();
    expect(await place.files()).toEqual([]);
  });

  it('an object that is over takes nothing more', async () => {
    const store = await place.store();
    const committed = await store.create(newKey());
    await committed.commit();
    const aborted = await store.create(newKey());
    await aborted.abort();
    for (const writer of [committed, aborted]) {
      expect(isOurs(await rejectionOf(writer.write(content)))).toBe(true);
      expect(isOurs(await rejectionOf(writer.commit()))).toBe(true);
    }
  });

  it('writes and reads go on where the system takes or gives less', async () => {
    const fs = fileSystemAround((name, call, args) => {
      const short = name === 'handle.write' || name === 'handle.read';
      if (short) args[2] = Math.min(Number(args[2]), 777);
      return call();
    });
    const store = await place.store({ fs });
    const key = newKey();
    await put(store, key, content);
    expect(await load(store, key)).toEqual(content);
  });

  it('a reader that is closed says so in an error of ours', async () => {
    const store = await place.store();
    const key = newKey();
    await put(store, key, content);
    const reader = await store.read(key);
    await reader.close();
    expect(isOurs(await rejectionOf(reader.read(Buffer.alloc(1), 0)))).toBe(
      true,
    );
  });

  it('a store whose folder has gone is no empty store', async () => {
    const store = await place.store();
    await files.rm(place.root, { recursive: true });
    expect(isOurs(await rejectionOf(listed(store)))).toBe(true);
    expect(isOurs(await rejectionOf(store.create(newKey())))).toBe(true);
    await expect(files.access(place.root)).rejects.toThrow('ENOENT');
  });

  it('a folder removed while an object is begun is made again', async () => {
    let removed = 0;
    const fs = fileSystemAround(async (name, call, [path]) => {
      if (name === 'open' && String(path).endsWith('.part') && removed === 0) {
        removed += 1;
        await files.rmdir(dirname(String(path)));
      }
      return call();
    });
    const key = newKey();
    await put(await place.store({ fs }), key, content);
    expect(removed).toBe(1);
    expect(await place.files()).toEqual([key]);
  });

  it('a folder removed while objects are listed is passed over', async () => {
    let removed = 0;
    const fs = fileSystemAround(async (name, call, [path]) => {
      if (name === 'opendir' && String(path).endsWith('/cd')) {
        removed += 1;
        await files.rm(String(path), { recursive: true });
      }
      return call();
    });
    const store = await place.store({ fs });
    for (const folder of ['ab/cc', 'ab/cd', 'ab/ce']) {
      await put(store, `${folder}/${'0'.repeat(32)}`, content);
    }
    expect(await listed(store)).toHaveLength(2);
    expect(removed).toBe(1);
  });

  it('is durable by flushing file and folders, and only if it is asked to', async () => {
    expect(await flushesOf(place, false)).toBe(0);
    // The two folders just made are entries of two more, the file, its folder.
    expect(await flushesOf(place, true)).toBe(4);
  });

  it.each([1, 2])(
    'does not rely on a folder that another call has not flushed yet (%d)',
    async (stuck) => {
      const held = new AbortController();
      let flushes = 0;
      const fs = fileSystemAround(async (name, call) => {
        if (name !== 'handle.sync' || !armed) return call();
        flushes += 1;
        if (flushes === stuck) await once(held.signal, 'abort');
        return call();
      });
      let armed = false;
      const store = await place.store({ fs });
      armed = true;
      const first = store.create(`ab/cd/${'1'.repeat(32)}`);
      await expect.poll(() => flushes).toBe(stuck);
      const second = await store.create(`ab/cd/${'2'.repeat(32)}`);
      expect(flushes).toBe(3);
      held.abort();
      await second.abort();
      await (await first).abort();
    },
  );
});

/** How often writing one object flushes something. */
async function flushesOf(
  place: TemporaryPlace,
  durable: boolean,
): Promise<number> {
  let count = 0;
  const fs = fileSystemAround((name, call) => {
    if (name === 'handle.sync') count += 1;
    return call();
  });
  const store = await place.store({ fs, durable });
  count = 0;
  await put(store, newKey(), content);
  return count;
}
