import { expect, it } from 'vitest';
import { describeDatabases, type TestDatabase } from '../databases.js';
import { rejectionOf } from '../core/thrown.js';
import { eventually } from '../e2e/eventually.js';
import { atNext } from './moments.js';
import {
  newOwner,
  Paper,
  PAPER_TABLES,
  PAPERS,
  PaperToken,
  tokenOf,
} from './papers.js';
import { readText, type ServicePlace, useService } from './service-place.js';

type Place = ServicePlace<Paper, PaperToken>;

describeDatabases((database) => {
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  it('saves a first file in a transaction of the application', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('committed');
    const { filename } = await source.transaction((manager) =>
      service.save(upload, owner, { manager, columns: { note: 'inside' } }),
    );
    expect(await readText(service, filename, owner)).toBe('committed');
    expect((await service.find(filename, owner)).row.note).toBe('inside');
  });

  // D-31
  it('leaves no row and no token when the transaction is rolled back', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('rolled back');
    const reason = new Error('The application has changed its mind.');
    const transaction = source.transaction(async (manager) => {
      await service.save(upload, owner, { manager });
      throw reason;
    });
    expect(await rejectionOf(transaction)).toBe(reason);
    expect(await tokenOf(source, owner)).toBeNull();
    expect(await service.list(owner)).toEqual([]);
    expect(await place.stored()).toContain(upload.filename);
    await upload.discard();
    expect(await place.stored()).toEqual(await place.rows());
    await upload.discard();
  });

  it('keeps the container of a committed row when the upload is discarded', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('kept');
    await source.transaction((manager) =>
      service.save(upload, owner, { manager }),
    );
    await upload.discard();
    expect(await readText(service, upload.filename, owner)).toBe('kept');
  });

  it('leaves nothing of a file that violates a column, inside a transaction', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('misfit');
    const columns = { shelf: null as unknown as string };
    const transaction = source.transaction((manager) =>
      service.save(upload, owner, { manager, columns }),
    );
    expect(String(await rejectionOf(transaction))).toMatch(/null/i);
    expect(await place.stored()).toEqual(await place.rows());
  });

  // SQLite's drivers have one connection, on which transactions would mix.
  if (database.name !== 'better-sqlite3') concurrently(database, place);
});

function concurrently(database: TestDatabase, place: Place): void {
  it('makes one token of a first file inside a transaction and one outside', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const [inside, outside] = await Promise.all(
      ['inside', 'outside'].map((text) => place.upload(text)),
    );
    let second: Promise<Paper> | undefined;
    await source.transaction(async (manager) => {
      await service.save(inside, owner, { manager });
      second = service.save(outside, owner);
      await untilWaiting('INSERT');
    });
    await second;
    const files = await service.list(owner);
    const texts = await Promise.all(
      files.map(({ filename }) => readText(service, filename, owner)),
    );
    expect(texts.toSorted()).toEqual(['inside', 'outside']);
  });

  it('goes on in its transaction when another makes the token first', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const [inside, outside] = await Promise.all(
      ['inside', 'outside'].map((text) => place.upload(text)),
    );
    await source.transaction(async (manager) => {
      atNext(source, ['beforeInsert', PaperToken], async () => {
        await service.save(outside, owner);
      });
      await service.save(inside, owner, { manager });
    });
    const texts = [
      await readText(service, inside?.filename ?? '', owner),
      await readText(service, outside?.filename ?? '', owner),
    ];
    expect(texts).toEqual(['inside', 'outside']);
    expect(await source.getRepository(PaperToken).countBy(owner)).toBe(1);
  });

  it('finds a token that was made after the transaction had begun to read', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const [early, late] = await Promise.all(
      ['early', 'late'].map((text) => place.upload(text)),
    );
    await source.transaction(async (manager) => {
      // MySQL answers from this moment on.
      await manager.getRepository(PaperToken).count();
      await service.save(early, owner);
      await service.save(late, owner, { manager });
    });
    expect(await service.list(owner)).toHaveLength(2);
    expect(await source.getRepository(PaperToken).countBy(owner)).toBe(1);
  });

  it('notices in a transaction that the owner was erased since it began', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    await service.save(await place.upload('first'), owner);
    const upload = await place.upload('late');
    const transaction = source.transaction(async (manager) => {
      await manager.getRepository(PaperToken).count();
      await service.erase(owner);
      await service.save(upload, owner, { manager });
    });
    const outcome = await transaction.then(
      () => 'saved',
      (error: unknown) => (error as { code?: unknown }).code,
    );
    // PostgreSQL reads what is there now, and makes a new token; MySQL reads what
    // was there when the transaction began.
    const isNew = database.name === 'postgres';
    expect(outcome).toBe(isNew ? 'saved' : 'OWNER_ERASED');
    expect((await place.stored()).includes(upload.filename)).toBe(isNew);
    const left = await source.getRepository(Paper).countBy(owner);
    expect(await service.list(owner)).toHaveLength(left);
  });

  it('makes an erasure wait for the transaction of a save', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    await service.save(await place.upload('first'), owner);
    const upload = await place.upload('second');
    let erasure: ReturnType<typeof service.erase> | undefined;
    await source.transaction(async (manager) => {
      await service.save(upload, owner, { manager });
      erasure = service.erase(owner);
      await untilWaiting('DELETE');
    });
    expect(await erasure).toEqual({ tokens: 1, files: 2, containers: 2 });
    expect(await source.getRepository(Paper).countBy(owner)).toBe(0);
    expect(await place.stored()).toEqual(await place.rows());
  });

  /** Until another connection waits with such a statement. */
  async function untilWaiting(verb: 'INSERT' | 'DELETE'): Promise<void> {
    const query =
      database.name === 'postgres'
        ? `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
             AND wait_event_type = 'Lock' AND query LIKE '${verb}%'`
        : `SELECT 1 FROM information_schema.processlist
             WHERE db = DATABASE() AND info LIKE '${verb}%'`;
    await eventually(async () => {
      expect(await place.source.query(query)).toHaveLength(1);
    });
  }
}
