import type { DataSource } from 'typeorm';
import type { Configuration } from '../../lib/configuration.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import {
  type FlaskImportOptions,
  FlaskImportService,
} from '../../lib/flask/flask-import.js';
import type { ImportOutcome } from '../../lib/flask/import-outcome.js';
import {
  newOwner,
  Paper,
  PAPER_TABLES,
  PAPERS,
  type PaperToken,
  Writer,
} from '../encryption-service/papers.js';
import {
  type ServicePlace,
  useService,
} from '../encryption-service/service-place.js';
import type { TestDatabase } from '../databases.js';
import type { OldApplication } from './old-application.js';

/** The new application of a suite. */
export type NewApplication = ServicePlace<Paper, PaperToken>;

/** Registers the hooks that make a suite's new application. */
export function useNewApplication(database: TestDatabase): NewApplication {
  return useService({ database, tables: PAPER_TABLES, entities: PAPERS });
}

/** The service as the module makes it. */
export function flaskImport({
  configuration,
  source,
}: {
  readonly configuration: Configuration;
  readonly source: DataSource;
}): FlaskImportService {
  return new FlaskImportService(configuration, new EntityRows(source, PAPERS));
}

/** A writer with a given primary key, as a user of the old application has it. */
export async function addWriter(source: DataSource, id: number): Promise<void> {
  await source.getRepository(Writer).insert({ id, name: `Writer ${id}` });
}

/** The primary key of a new user of both applications. */
export async function newUser(source: DataSource): Promise<number> {
  return (await newOwner(source)).writer.id;
}

/** Imports an old application, for writers of the same primary keys. */
export function importAll(
  place: Parameters<typeof flaskImport>[0],
  old: OldApplication,
  options: Partial<FlaskImportOptions> = {},
): Promise<ImportOutcome[]> {
  const all = { owner: 'writer', ...options };
  return collect(flaskImport(place).run(old.options, all));
}

/** All that a generator gives. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}
