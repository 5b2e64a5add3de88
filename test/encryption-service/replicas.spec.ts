import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, describe, expect, it } from 'vitest';
import { describeDatabases, type TestDatabase } from '../databases.js';
import { newOwner, PAPER_TABLES, PAPERS, Writer } from './papers.js';
import { useService } from './service-place.js';

describeDatabases((database) => {
  describe('beside a replica that gets nothing', () => {
    const place = useService({
      database: replicated(database),
      tables: PAPER_TABLES,
      entities: PAPERS,
    });

    it('a first file is saved', async () => {
      const { service, source } = place;
      const owner = await newOwner(source);
      await service.save(await place.upload('first'), owner);
      await service.save(await place.upload('second'), owner);
      expect(await place.stored()).toHaveLength(2);
    });

    it('a file with a row is not discarded', async () => {
      const { service, source } = place;
      const upload = await place.upload('saved');
      await service.save(upload, await newOwner(source));
      await upload.discard();
      expect(await place.stored()).toContain(upload.filename);
    });

    it('all of an owner is erased', async () => {
      const { service, source } = place;
      const owner = await newOwner(source);
      const upload = await place.upload('erased');
      await service.save(upload, owner);
      expect(await service.erase(owner)).toEqual({
        tokens: 1,
        files: 1,
        containers: 1,
      });
      expect(await place.stored()).not.toContain(upload.filename);
    });

    // Or the tests above would show nothing.
    it('reads do go to the replica, where there is one', async () => {
      const { source } = place;
      await newOwner(source);
      const isReplicated = 'replication' in source.options;
      const seen = await source.getRepository(Writer).count();
      expect(seen === 0).toBe(isReplicated);
    });
  });
});

/**
 * A database of which reads go to another one, where the driver can do that: a
 * replica that never catches up.
 */
function replicated(database: TestDatabase): TestDatabase {
  if (database.name === 'better-sqlite3') return database;
  const connected: DataSource[] = [];
  afterAll(() => Promise.all(connected.map((source) => source.destroy())));
  return {
    ...database,
    async connect(entities) {
      const replica = await database.connect(entities);
      const options = {
        type: database.name,
        entities,
        synchronize: true,
        replication: {
          master: addressIn(await database.create(entities)),
          slaves: [addressIn(replica.options)],
        },
      } as DataSourceOptions;
      const source = new DataSource(options);
      connected.push(source);
      return source.initialize();
    },
  };
}

function addressIn(options: DataSourceOptions): object {
  const { host, port, username, password, database } = Object(
    options,
  ) as Record<string, unknown>;
  return { host, port, username, password, database };
}
