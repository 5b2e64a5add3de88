import { expect, it } from 'vitest';
import { describeDatabases } from '../databases.js';
import { newOwner, Paper, PAPER_TABLES, PAPERS } from './papers.js';
import { useService } from './service-place.js';

const LONG_NAME = 'Füße 履歴書 ملف 🗝️ '.repeat(12).trim();

describeDatabases((database) => {
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  // D-30
  it('come back from the database as they went into it', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const earliest = Date.now();
    const upload = await place.upload('content', LONG_NAME);
    const row = await service.save(upload, owner, {
      columns: { note: 'Über 履歴書', shelf: 'upper' },
    });
    const { id } = row;
    const stored = await source.getRepository(Paper).findOneByOrFail({ id });
    const { writer, ...own } = row;
    expect(writer).toMatchObject({ id: owner.writer.id });
    expect(stored).toEqual(own);
    expect(row).toBeInstanceOf(Paper);
    expect(stored).toMatchObject({ note: 'Über 履歴書', shelf: 'upper' });
    expect(stored.size).toBe(7);
    expect(stored.createdAt).toBeGreaterThanOrEqual(earliest);
    expect(stored.createdAt).toBeLessThanOrEqual(Date.now());
    expect(stored.path).toMatch(/^[0-9a-f]{2}\/[0-9a-f]{2}$/);
    const file = await service.find(row.filename, owner);
    expect(file.toJSON()).toEqual({
      filename: row.filename,
      name: LONG_NAME,
      type: 'text/plain',
      size: 7,
      createdAt: new Date(row.createdAt).toISOString(),
    });
  });

  it('get the defaults of the application where nothing is said', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const row = await service.save(await place.upload('plain'), owner);
    const file = await service.find(row.filename, owner);
    expect(file.row).toMatchObject({ note: null, shelf: 'draft' });
  });

  it('keep sizes and times beyond 32 bits as numbers', async () => {
    const { source } = place;
    const owner = await newOwner(source);
    const papers = source.getRepository(Paper);
    const large = { size: Number.MAX_SAFE_INTEGER, createdAt: 2 ** 43 + 1 };
    const { id } = await papers.save({
      ...owner,
      ...large,
      filename: 'f'.repeat(32),
      path: 'ff/ff',
      realname: 'x'.repeat(20_000),
      key: 'x'.repeat(5_000),
    });
    expect(await papers.findOneBy({ id })).toMatchObject(large);
    expect(await papers.findOneBy({ size: large.size })).toMatchObject({ id });
    await papers.delete({ id });
  });

  it('order a list: newest first, and of the same time the last first', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const papers = source.getRepository(Paper);
    // The time of each file, in the order in which they are saved.
    const times = [5, 9_000_000_000_000, 10, 5, 10, 1];
    const ids: number[] = [];
    for (const createdAt of times) {
      const { id } = await service.save(await place.upload('x'), owner);
      await papers.update({ id }, { createdAt });
      ids.push(id);
    }
    const order = [1, 4, 2, 3, 0, 5].map((index) => ids[index]);
    const listed = async (page?: { take?: number; skip?: number }) =>
      (await service.list(owner, page)).map(({ row }) => row.id);
    expect(await listed()).toEqual(order);
    expect(await listed({ take: 2 })).toEqual(order.slice(0, 2));
    expect(await listed({ take: 3, skip: 2 })).toEqual(order.slice(2, 5));
    expect(await listed({ take: 3, skip: 6 })).toEqual([]);
  });
});
