import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import { openConfiguration } from '../../lib/configuration.js';
import { EncryptionService } from '../../lib/encryption.service.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { locationOf, type TestDatabase } from '../databases.js';
import type { CompiledApp } from '../e2e/compiled-app.js';
import { Document, DocumentToken, ENTITIES } from '../e2e/documents.js';
import {
  type OldApplication,
  PUBLISHED_KEY,
} from '../flask/old-application.js';

/** What a command has printed, and how it ended. */
export interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** The application of test/e2e/import-app.ts, from outside its process. */
export interface ImportPlace {
  readonly folder: string;
  readonly dataDir: string;
  /** What the process needs to know. */
  readonly env: Readonly<
    Record<'APP_FOLDER' | 'APP_KEY' | 'FLASK_GLOBAL_KEY', string>
  >;
  /** Connects; closed after the suite. */
  keep(source: DataSource): Promise<DataSource>;
  /** Opens store and database here. */
  open(): Promise<{
    readonly source: DataSource;
    readonly service: EncryptionService<Document, DocumentToken>;
  }>;
}

/** Registers the hooks that make a folder for the application. */
export function useImportPlace(): ImportPlace {
  const key = randomBytes(32).toString('base64url');
  const opened: DataSource[] = [];
  const keep = async (source: DataSource): Promise<DataSource> => {
    opened.push(source);
    return source.initialize();
  };
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-'));
  });
  afterAll(async () => {
    for (const source of opened) await source.destroy();
    await rm(folder, { recursive: true });
  });
  return {
    get folder() {
      return folder;
    },
    get dataDir() {
      return join(folder, 'data');
    },
    get env() {
      return {
        APP_FOLDER: folder,
        APP_KEY: key,
        FLASK_GLOBAL_KEY: PUBLISHED_KEY,
      };
    },
    keep,
    async open() {
      const source = await keep(
        new DataSource({
          type: 'better-sqlite3',
          database: join(folder, 'new.sqlite'),
          entities: Object.values(ENTITIES),
        }),
      );
      const configuration = await openConfiguration({
        globalKey: key,
        dataDir: join(folder, 'data'),
        tmpDir: join(folder, 'tmp'),
      });
      const rows = new EntityRows(source, ENTITIES);
      return { source, service: new EncryptionService(configuration, rows) };
    },
  };
}

/** Arguments of an import of an old application. */
export function importArguments(
  { dataDir, source }: Pick<OldApplication, 'dataDir' | 'source'>,
  ...more: readonly string[]
): string[] {
  return [
    'import-flask',
    '--app=import-app.js',
    `--database=${databaseArgument(source.options)}`,
    `--data-dir=${dataDir}`,
    '--owner=userId',
    '--allow-unauthenticated',
    ...more,
  ];
}

/** As SQLAlchemy writes the address of a server; of SQLite, the path. */
function databaseArgument(options: DataSourceOptions): string {
  return locationOf(options)
    .replace(/^postgres:/, 'postgresql+psycopg2:')
    .replace(/^mariadb:/, 'mysql+pymysql:');
}

/** Databases of SQLite in the folder of a suite. */
export function sqliteIn(place: ImportPlace): Pick<TestDatabase, 'connect'> {
  return {
    connect: (entities) =>
      place.keep(
        new DataSource({
          type: 'better-sqlite3',
          database: join(
            place.folder,
            `${randomBytes(4).toString('hex')}.sqlite`,
          ),
          entities,
        }),
      ),
  };
}

/** Starts the command. */
export function startCommand(
  compiled: CompiledApp,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcess {
  return compiled.run('dist/cli/main.js', args, env);
}

/** Waits for a command's end. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('The process has no output.');
  const closed = once(child, 'close');
  const [output, errors] = await Promise.all([text(stdout), text(stderr)]);
  const [status] = (await closed) as [number | null];
  return { status, output, errors };
}

/** The objects that `--json` prints. */
export function objectsIn(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
