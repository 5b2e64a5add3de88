import { createRequire } from 'node:module';
import { DataSource } from 'typeorm';
import { expect, it, vi } from 'vitest';
import { describeKeyReports } from './key-report-suite.js';

// The library, the entities and the connections of this file run on TypeORM 0.3.
vi.mock('typeorm', () => import('typeorm-03'));

it('runs on TypeORM 0.3', () => {
  const older = createRequire(import.meta.url)('typeorm-03') as {
    DataSource: unknown;
  };
  expect(DataSource).toBe(older.DataSource);
});

describeKeyReports();
