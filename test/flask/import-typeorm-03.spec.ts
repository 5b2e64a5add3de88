import { createRequire } from 'node:module';
import { DataSource } from 'typeorm';
import { expect, it, vi } from 'vitest';
import { describeDatabases } from '../databases.js';
import { addWriter, importAll, useNewApplication } from './importing.js';
import { useOldApplications } from './old-application.js';

// The library, the entities and the connections of this file run on TypeORM 0.3.
vi.mock('typeorm', () => import('typeorm-03'));

it('runs on TypeORM 0.3', () => {
  const older = createRequire(import.meta.url)('typeorm-03') as {
    DataSource: unknown;
  };
  expect(DataSource).toBe(older.DataSource);
});

describeDatabases((database) => {
  const place = useNewApplication(database);
  const oldApplication = useOldApplications(database);

  it('imports an old application', async () => {
    await addWriter(place.source, 1);
    const old = await oldApplication();
    const token = await old.addToken(1);
    const filename = await old.addFile({ token, name: 'é.txt' });
    const lost = await old.addRow({});
    expect(await importAll(place, old)).toEqual([
      expect.objectContaining({ filename, outcome: 'imported' }),
      expect.objectContaining({ filename: lost, outcome: 'refused' }),
    ]);
    const file = await place.service.find(filename, { writer: 1 });
    expect(file.name).toBe('é.txt');
    await file.verify();
  });
});
