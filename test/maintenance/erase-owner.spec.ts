import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { StoreError } from '../../lib/core/errors.js';
import { describeDatabases } from '../databases.js';
import { rejectionOf } from '../core/thrown.js';
import {
  newOwner,
  Paper,
  PAPER_TABLES,
  PAPERS,
  PaperToken,
  tokenOf,
} from '../encryption-service/papers.js';
import { readText, useService } from '../encryption-service/service-place.js';
import { FailingStore } from './failing-store.js';

const NOTHING = { tokens: 0, files: 0, containers: 0 };

describeDatabases((database) => {
  let store: FailingStore;
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
    options: (folder) => {
      store = new FailingStore(join(folder, 'data'), { durable: false });
      return { store };
    },
  });

  /** A new owner of so many files. */
  async function ownerOf(count: number) {
    const owner = await newOwner(place.source);
    for (let left = count; left > 0; left -= 1) {
      await place.service.save(await place.upload(`file ${left}`), owner);
    }
    return owner;
  }

  // D-32
  it('counts what it has deleted, and leaves other owners alone', async () => {
    const { service } = place;
    const [gone, kept] = [await ownerOf(3), await ownerOf(1)];
    expect(await service.erase(gone)).toEqual({
      tokens: 1,
      files: 3,
      containers: 3,
    });
    expect(await service.list(gone)).toEqual([]);
    expect(await tokenOf(place.source, gone)).toBeNull();
    const [file] = await service.list(kept);
    expect(await readText(service, file?.filename ?? '', kept)).toBe('file 1');
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('has nothing to do the second time, nor for an owner without files', async () => {
    const { service, source } = place;
    const owner = await ownerOf(1);
    await service.erase(owner);
    expect(await service.erase(owner)).toEqual(NOTHING);
    expect(await service.erase(await newOwner(source))).toEqual(NOTHING);
  });

  // D-32
  it('makes what is left in a copy of the rows unreadable', async () => {
    const { service, source } = place;
    const owner = await ownerOf(1);
    const papers = source.getRepository(Paper);
    const copy = await papers.findOneByOrFail(owner);
    await service.erase(owner);
    const next = await service.save(await place.upload('new'), owner);
    const token = await tokenOf(source, owner);
    if (!token) throw new Error('The owner has no token.');
    expect(await rejectionOf(service.open(copy, token, owner))).toHaveProperty(
      'code',
      'WRONG_KEY',
    );
    expect(await readText(service, next.filename, owner)).toBe('new');
  });

  it('counts a container less where one is missing', async () => {
    const { service } = place;
    const owner = await ownerOf(2);
    const [file] = await service.list(owner);
    expect(await store.remove(keyOf(file?.filename ?? ''))).toBe(true);
    expect(await service.erase(owner)).toEqual({
      tokens: 1,
      files: 2,
      containers: 1,
    });
  });

  it('deletes the token and all rows though a container cannot be removed', async () => {
    const { service, source } = place;
    const owner = await ownerOf(3);
    const before = await place.stored();
    store.failures = 1;
    const error = await rejectionOf(service.erase(owner));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toHaveProperty('cause', expect.any(AggregateError));
    expect(await tokenOf(source, owner)).toBeNull();
    expect(await source.getRepository(Paper).countBy(owner)).toBe(0);
    expect(await service.erase(owner)).toEqual(NOTHING);
    const left = await place.stored();
    expect(before.length - left.length).toBe(2);
    const rows = new Set(await place.rows());
    for (const filename of left.filter((name) => !rows.has(name))) {
      expect(await store.remove(keyOf(filename))).toBe(true);
    }
  });

  it('finishes what another erasure has begun', async () => {
    const { service, source } = place;
    const owner = await ownerOf(2);
    const token = await tokenOf(source, owner);
    await source.getRepository(PaperToken).delete({ id: token?.id ?? 0 });
    expect(await service.list(owner)).toEqual([]);
    expect(await service.erase(owner)).toEqual({
      tokens: 0,
      files: 2,
      containers: 2,
    });
  });

  it('erases more files than one statement takes', async () => {
    const { service, source } = place;
    const owner = await ownerOf(1);
    const rows = Array.from({ length: 1_100 }, () => ({
      ...owner,
      filename: randomBytes(16).toString('hex'),
      path: 'ab/cd',
      realname: 'x',
      key: 'x',
      size: 1,
      createdAt: Date.now(),
    }));
    await source.getRepository(Paper).save(rows, { chunk: 500 });
    expect(await service.erase(owner)).toEqual({
      tokens: 1,
      files: 1_101,
      containers: 1,
    });
  });

  it('needs no key', async () => {
    const { source } = place;
    const owner = await ownerOf(1);
    const stranger = await place.another({ globalKey: randomBytes(32), store });
    expect(await rejectionOf(stranger.list(owner))).toHaveProperty(
      'code',
      'KEY_NOT_FOUND',
    );
    expect(await stranger.erase(owner)).toMatchObject({ tokens: 1, files: 1 });
    expect(await tokenOf(source, owner)).toBeNull();
  });
});

/** The key in the store; the folders are the beginning of the name. */
function keyOf(filename: string): string {
  return `${filename.slice(0, 2)}/${filename.slice(2, 4)}/${filename}`;
}
