import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../lib/core/errors.js';
import type { TemporaryFile } from '../../lib/download/temporary-file.js';
import { TemporaryFolder } from '../../lib/download/temporary-folder.js';
import { rejectionOf } from '../core/thrown.js';
import { createAnonymous, useTemporaryPlace } from './temporary-place.js';

const LIMIT = 1024 * 1024;
const CONTENT = Buffer.alloc(LIMIT, 1);
const place = useTemporaryPlace();

/** Every way in which a file ends. */
const ENDS: readonly (readonly [
  string,
  (file: TemporaryFile) => Promise<unknown>,
])[] = [
  ['is closed', (file) => file.close()],
  [
    'is closed by two at once',
    (file) => Promise.all([file.close(), file.close()]),
  ],
  ['was read to its end', (file) => closeOf(file, (stream) => buffer(stream))],
  [
    'is destroyed unread',
    (file) => closeOf(file, (stream) => stream.destroy()),
  ],
  [
    'is destroyed with an error',
    (file) =>
      closeOf(file, (stream) =>
        stream.on('error', () => undefined).destroy(new Error('broken')),
      ),
  ],
];

async function closeOf(
  file: TemporaryFile,
  end: (stream: ReturnType<TemporaryFile['createReadStream']>) => unknown,
): Promise<void> {
  const stream = file.createReadStream();
  const closed = new Promise((resolve) => stream.once('close', resolve));
  await end(stream);
  await closed;
}

describe('a folder with a limit', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await open();
  });
  afterEach(async () => {
    await folder.close();
    await expectNothingLeft();
  });

  it('gives no anonymous file for which there is no room, and makes none', async () => {
    await using one = await createAnonymous(folder, LIMIT - 1);
    expect(await folder.createAnonymous(2)).toBeUndefined();
    expect(place.descriptors()).toBe(1);
    await using other = await createAnonymous(folder, 1);
    expect([one.size, other.size]).toEqual([0, 0]);
  });

  it.each(ENDS)('has all its room again when a file %s', async (_, end) => {
    for (const create of [
      () => createAnonymous(folder, LIMIT),
      () => folder.createNamed('a.txt', LIMIT),
    ]) {
      const file = await create();
      await file.write(CONTENT);
      await end(file);
      await file.close();
      expect(place.descriptors()).toBe(0);
      await expectRoom();
    }
  });

  it('has all its room again when a file could not be created', async () => {
    await rm(place.path, { recursive: true });
    try {
      await expect(folder.createAnonymous(LIMIT)).rejects.toThrow('ENOENT');
      await expect(folder.createNamed('a', LIMIT)).rejects.toThrow('ENOENT');
    } finally {
      await mkdir(place.path);
    }
    await expectRoom();
  });

  it('lets named files wait for one another, and makes none before its turn', async () => {
    const files = [await folder.createNamed('a.txt', LIMIT)];
    const order: string[] = [];
    const waiting = ['b', 'c', 'd'].map(async (name) => {
      const file = await folder.createNamed(`x.${name}`, LIMIT);
      order.push(name);
      await file.write(CONTENT);
      expect(place.descriptors()).toBe(1);
      await file.close();
    });
    await createRefused();
    expect(order).toEqual([]);
    expect(place.descriptors()).toBe(1);
    await Promise.all(files.map((file) => file.close()));
    await Promise.all(waiting);
    expect(order).toEqual(['b', 'c', 'd']);
    await expectRoom();
  });

  it('refuses a named file for which there was no room in time', async () => {
    const impatient = await open(1);
    const one = await createAnonymous(impatient, LIMIT);
    const refusal = await rejectionOf(impatient.createNamed('a.txt', 1));
    expect(refusal).toMatchObject({ code: 'TEMPORARY_SPACE', retryAfter: 10 });
    expect(place.descriptors()).toBe(1);
    await one.close();
    await using next = await impatient.createNamed('a.txt', LIMIT);
    expect(next.path).toBeDefined();
    await next.close();
    await impatient.close();
  });

  it('refuses a named file that never fits, while it is empty', async () => {
    const refusal = await rejectionOf(folder.createNamed('a', LIMIT + 1));
    expect(refusal).toMatchObject({ code: 'TEMPORARY_LIMIT', status: 507 });
    expect(refusal).not.toHaveProperty('retryAfter');
    await expectRoom();
  });

  it('makes no file for who has stopped waiting', async () => {
    const one = await createAnonymous(folder, LIMIT);
    const aborting = new AbortController();
    const { signal } = aborting;
    const waiting = rejectionOf(folder.createNamed('a.txt', 1, { signal }));
    const reason = new Error('nobody waits');
    aborting.abort(reason);
    expect(await waiting).toBe(reason);
    await one.close();
    expect(place.descriptors()).toBe(0);
    await expectRoom();
  });

  it('refuses who waits when it is closed', async () => {
    const one = await createAnonymous(folder, LIMIT);
    const waiting = [1, 2].map((bytes) =>
      rejectionOf(folder.createNamed('a.txt', bytes)),
    );
    const closing = folder.close();
    for (const refusal of await Promise.all(waiting)) {
      expect(refusal).toBeInstanceOf(StoreError);
      expect(String(refusal)).toMatch(/shutting down/);
    }
    await closing;
    await one.close();
  });

  it.each(['refused', 'let in'])(
    'leaves nothing of those who are %s while it is closed',
    async (outcome) => {
      const one = await createAnonymous(folder, LIMIT);
      const entering = Array.from({ length: 10 }, () =>
        folder.createNamed('a.txt', 1).catch(() => undefined),
      );
      const closing =
        outcome === 'let in'
          ? one.close().then(() => folder.close())
          : Promise.all([folder.close(), one.close()]);
      await closing;
      expect(await readdir(place.path)).toEqual([]);
      for (const file of await Promise.all(entering)) await file?.close();
      expect(await createRefusal()).toMatch(/shutting down/);
    },
  );

  it('with no room at all has files without content still', async () => {
    const base = join(place.path, 'none');
    const none = await TemporaryFolder.open({ base, maxBytes: 0 });
    expect(await none.createAnonymous(1)).toBeUndefined();
    await using file = await none.createNamed('a.txt', 0);
    expect(file.size).toBe(0);
    await file.close();
    await none.close();
    await rm(base, { recursive: true });
  });

  /** Something that takes a while, for which there is no room either. */
  async function createRefused(): Promise<void> {
    expect(await folder.createAnonymous(1)).toBeUndefined();
    await readdir(place.path);
  }

  async function createRefusal(): Promise<string> {
    return String(await rejectionOf(folder.createAnonymous(LIMIT)));
  }

  async function expectRoom(): Promise<void> {
    await using file = await createAnonymous(folder, LIMIT);
    expect(await folder.createAnonymous(1)).toBeUndefined();
    await file.close();
  }
});

function open(patience?: number): Promise<TemporaryFolder> {
  return TemporaryFolder.open({
    base: place.path,
    maxBytes: LIMIT,
    patience,
    report: fail,
  });
}

function fail(error: unknown): void {
  expect.fail(String(error));
}

async function expectNothingLeft(): Promise<void> {
  expect(place.descriptors()).toBe(0);
  expect(await readdir(place.path)).toEqual([]);
}
