import { DataSource } from 'typeorm';
import { afterAll, expect, it } from 'vitest';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases, type TestDatabase } from '../databases.js';
import { newOwner, PAPER_TABLES, PAPERS } from './papers.js';
import { useService } from './service-place.js';

// All connections may be held by transactions like this one: whoever waits for
// another one then, waits for ever.
describeDatabases((database) => {
  const place = useService({
    database: ofOneConnection(database),
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  it('a save that fails in the transaction of the only connection ends', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    await service.save(await place.upload('earlier'), owner);
    const upload = await place.upload('misfit');
    const columns = { shelf: null as unknown as string };
    const error = await rejectionOf(
      source.transaction(async (manager) => {
        await service.save(upload, owner, { columns, manager });
      }),
    );
    expect(error).toHaveProperty('name', 'QueryFailedError');
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('so does one that is rolled back, and is discarded then', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('undone');
    const reason = new Error('undone');
    const rolledBack = source.transaction(async (manager) => {
      await service.save(upload, owner, { manager });
      throw reason;
    });
    expect(await rejectionOf(rolledBack)).toBe(reason);
    await upload.discard();
    expect(await place.stored()).toEqual(await place.rows());
  });
});

function ofOneConnection(database: TestDatabase): TestDatabase {
  const connected: DataSource[] = [];
  afterAll(() => Promise.all(connected.map((source) => source.destroy())));
  return {
    ...database,
    async connect(entities) {
      const made = await database.create(entities);
      const source = new DataSource(Object.assign(made, { poolSize: 1 }));
      connected.push(source);
      return source.initialize();
    },
  };
}
