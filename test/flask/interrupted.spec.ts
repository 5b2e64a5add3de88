import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../lib/core/errors.js';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import type {
  ObjectReader,
  ObjectWriter,
} from '../../lib/core/store/object-store.js';
import { describeDatabases } from '../databases.js';
import { Paper } from '../encryption-service/papers.js';
import { newUser, importAll, useNewApplication } from './importing.js';
import {
  newContent,
  type OldApplication,
  useOldApplications,
} from './old-application.js';

/** Reads back another byte than was written. */
class ForgetfulStore extends DiskStore {
  override async read(key: string): Promise<ObjectReader> {
    const reader = await super.read(key);
    return {
      size: reader.size,
      close: () => reader.close(),
      async read(into, position) {
        const read = await reader.read(into, position);
        into[read - 1] = (into[read - 1] ?? 0) ^ 1;
        return read;
      },
    };
  }
}

/** Has no room for anything. */
class FullStore extends DiskStore {
  override async create(key: string): Promise<ObjectWriter> {
    const writer = await super.create(key);
    return {
      commit: () => writer.commit(),
      abort: () => writer.abort(),
      write: async () => {
        throw new StoreError('The medium is full.', { code: 'STORE_FULL' });
      },
    };
  }
}

/** Completes its first object after something else has happened. */
class OvertakenStore extends DiskStore {
  #overtake: (() => Promise<unknown>) | undefined;

  constructor(root: string, overtake: () => Promise<unknown>) {
    super(root);
    this.#overtake = overtake;
  }

  override async create(key: string): Promise<ObjectWriter> {
    const writer = await super.create(key);
    return {
      write: (bytes) => writer.write(bytes),
      abort: () => writer.abort(),
      commit: async () => {
        await this.#overtake?.();
        this.#overtake = undefined;
        await writer.commit();
      },
    };
  }
}

describeDatabases((database) => {
  const place = useNewApplication(database);
  const oldApplication = useOldApplications(database);

  describe('an import that follows one that was killed', () => {
    it.each([
      ['container', ''],
      ['unfinished container', '.part'],
    ])('replaces a %s without a row', async (_, suffix) => {
      const user = await newUser(place.source);
      const old = await oldApplication();
      const content = newContent(100_000);
      const token = await old.addToken(user);
      const filename = await old.addFile({ user, token, content });
      await leave(join(place.dataDir, keyOf(filename)) + suffix);
      expect(await importAll(place, old)).toEqual([
        expect.objectContaining({ outcome: 'imported', size: 100_000 }),
      ]);
      const file = await place.service.find(filename, { writer: user });
      expect(await buffer(file.createReadStream())).toEqual(content);
      expect(await left(filename)).toEqual([filename]);
    });

    it('removes it where the old file can be read no more', async () => {
      const user = await newUser(place.source);
      const old = await oldApplication();
      await old.addToken(user);
      const filename = await old.addFile({ user, token: 'another' });
      await leave(join(place.dataDir, keyOf(filename)));
      expect(await importAll(place, old)).toEqual([
        expect.objectContaining({ outcome: 'refused', code: 'FORMAT' }),
      ]);
      expect(await left(filename)).toEqual([]);
    });
  });

  it('several imports at once make one row and one container of each file', async () => {
    const user = await newUser(place.source);
    const old = await oldApplication();
    const filenames = await addFiles(old, user, 20);
    const runs = await Promise.all(
      [1, 2, 3, 4].map(() => importAll(place, old)),
    );
    const all = runs.flat();
    expect(all).toHaveLength(80);
    expect(all.filter(({ outcome }) => outcome === 'imported')).toHaveLength(
      20,
    );
    expect(all.filter(({ outcome }) => outcome === 'present')).toHaveLength(60);
    for (const filename of filenames) {
      const file = await place.service.find(filename, { writer: user });
      await file.verify();
      expect(await left(filename)).toEqual([filename]);
    }
    expect(await place.service.list({ writer: user })).toHaveLength(20);
  });

  it('a row that another process has made meanwhile stays the only one', async () => {
    const user = await newUser(place.source);
    const old = await oldApplication();
    const [filename = ''] = await addFiles(old, user, 1);
    const store = new OvertakenStore(place.dataDir, () =>
      place.source.getRepository(Paper).insert({
        filename,
        writer: { id: user },
        realname: 'of another',
        path: keyOf(filename).slice(0, 5),
        key: 'of another',
        size: 1,
        createdAt: 1,
      }),
    );
    expect(await importAll(withStore(store), old)).toEqual([
      { id: 1, filename, outcome: 'present' },
    ]);
    const rows = await place.source
      .getRepository(Paper)
      .findBy({ writer: { id: user } });
    expect(rows).toEqual([expect.objectContaining({ key: 'of another' })]);
    expect(await left(filename)).toEqual([filename]);
  });

  it('a container that does not hold what the old file held is removed, and ends the import', async () => {
    const user = await newUser(place.source);
    const old = await oldApplication();
    const [filename = ''] = await addFiles(old, user, 1);
    const store = new ForgetfulStore(place.dataDir);
    await expect(importAll(withStore(store), old)).rejects.toMatchObject({
      code: 'INTEGRITY',
    });
    expect(await left(filename)).toEqual([]);
    expect(await place.rows()).not.toContain(filename);
  });

  it('a store that fails stops the import, and leaves nothing', async () => {
    const user = await newUser(place.source);
    const old = await oldApplication();
    const [filename = ''] = await addFiles(old, user, 2);
    const store = new FullStore(place.dataDir);
    await expect(importAll(withStore(store), old)).rejects.toMatchObject({
      code: 'STORE_FULL',
    });
    expect(await left(filename)).toEqual([]);
    expect(await place.rows()).not.toContain(filename);
  });

  function withStore(store: DiskStore) {
    const { source, configuration } = place;
    return { source, configuration: { ...configuration, store } };
  }

  /** What the store has of a file. */
  async function left(filename: string): Promise<string[]> {
    const all = await place.stored();
    return all.filter((name) => name.startsWith(filename));
  }
});

function keyOf(filename: string): string {
  return `${filename.slice(0, 2)}/${filename.slice(2, 4)}/${filename}`;
}

/** What a process that is ended leaves behind. */
async function leave(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, newContent(5000), { mode: 0o600 });
}

async function addFiles(
  old: OldApplication,
  user: number,
  count: number,
): Promise<string[]> {
  const token = await old.addToken(user);
  const filenames: string[] = [];
  for (let index = 0; index < count; index += 1) {
    filenames.push(await old.addFile({ user, token }));
  }
  return filenames;
}
