import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { afterAll, describe } from 'vitest';

/** The databases that the tests run on, by the name of TypeORM's driver. */
export type DatabaseName = 'better-sqlite3' | 'postgres' | 'mariadb';

/** Entity classes and schemas, as a DataSource takes them. */
export type Entities = NonNullable<DataSourceOptions['entities']>;

/** One kind of database. All that is made here is removed after the suite. */
export interface TestDatabase {
  readonly name: DatabaseName;
  /**
   * Makes a new, empty database, and the options of a DataSource for it that
   * creates the tables of `entities` when it connects. Usable several times:
   * all DataSources with these options share the database.
   */
  create(entities: Entities): Promise<DataSourceOptions>;
  /** The same, connected; closed after the suite if the test has not done so. */
  connect(entities: Entities): Promise<DataSource>;
}

/**
 * Runs a suite once for each kind of database, under the database's name:
 *
 * ```ts
 * describeDatabases((database) => {
 *   it('keeps the order of insertion', async () => {
 *     const source = await database.connect([User, StoredFile, Token]);
 *     await source.getRepository(User).insert({ name: 'anna' });
 *     …
 *   });
 * });
 * ```
 *
 * Each `connect` gives an empty database with the tables of these entities, and
 * nobody closes or drops it by hand. For an application of Nest, or for several
 * connections or processes on one database, `create` gives the options alone:
 * `TypeOrmModule.forRoot(await database.create([User, StoredFile, Token]))`;
 * such connections are closed by who opens them. Where a database of its own for
 * SQLite is enough, see {@link inMemory}.
 *
 * SQLite is always there. PostgreSQL and MariaDB are optional groups, skipped
 * where no server answers; with TEST_POSTGRES_URL or TEST_MARIADB_URL set they
 * are not skipped, and an unreachable server is a failure.
 */
export function describeDatabases(
  suite: (database: TestDatabase) => void,
): void {
  describe('better-sqlite3', () => {
    suite(testDatabase('better-sqlite3', files));
  });
  describeServer('postgres', suite);
  describeServer('mariadb', suite);
}

/** The same for one kind of server alone. */
export function describeServer(
  name: ServerName,
  suite: (database: TestDatabase) => void,
): void {
  const url = urls[name];
  describe.skipIf(!url)(name, { tags: [name] }, () => {
    suite(testDatabase(name, () => onServer(name, url ?? '')));
  });
}

/** Options for a SQLite database that lives and dies with its DataSource. */
export function inMemory(entities: Entities): DataSourceOptions {
  return {
    type: 'better-sqlite3',
    database: ':memory:',
    entities,
    synchronize: true,
  };
}

/** Where a database is: the path of a SQLite file, or the URL of a server's. */
export function locationOf(options: DataSourceOptions): string {
  if (options.type !== 'postgres' && options.type !== 'mariadb') {
    return String(options.database);
  }
  const { type, host, port, username, password, database } = options;
  const user = encodeURIComponent(username ?? '');
  const secret =
    typeof password === 'string' ? `:${encodeURIComponent(password)}` : '';
  return `${type}://${user}${secret}@${host}:${port ?? USUAL_PORTS[type]}/${database}`;
}

const USUAL_PORTS = { postgres: 5432, mariadb: 3306 } as const;

/** A database just made: how to reach it and how to remove it. */
interface Made {
  readonly options: DataSourceOptions;
  readonly remove: () => Promise<unknown>;
}

/** Collects what one suite makes, and registers the hook that removes it. */
function testDatabase(
  name: DatabaseName,
  make: () => Promise<Made>,
): TestDatabase {
  const made: Made[] = [];
  const connected: DataSource[] = [];
  const create = async (entities: Entities): Promise<DataSourceOptions> => {
    const one = await make();
    made.push(one);
    return { ...one.options, entities, synchronize: true };
  };
  afterAll(async () => {
    const open = connected.filter((source) => source.isInitialized);
    await Promise.all(open.map((source) => source.destroy()));
    for (const one of made) await one.remove();
  });
  return {
    name,
    create,
    async connect(entities) {
      const source = new DataSource(await create(entities));
      connected.push(source);
      return source.initialize();
    },
  };
}

async function files(): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), 'file-encryptor-test-'));
  return {
    options: {
      type: 'better-sqlite3',
      database: join(folder, 'db.sqlite'),
      // For other processes' commits, however slow the disk.
      timeout: 60_000,
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

type ServerName = Exclude<DatabaseName, 'better-sqlite3'>;

interface Server {
  readonly variable: string;
  readonly usual: string;
  create(name: string): string;
  drop(name: string): string;
}

const SERVERS: Readonly<Record<ServerName, Server>> = {
  postgres: {
    variable: 'TEST_POSTGRES_URL',
    usual: 'postgresql://postgres@127.0.0.1:5432/postgres',
    // template0: nobody is ever connected to it, so specs that run at the same
    // time do not keep each other from copying it.
    create: (name) =>
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`,
    // FORCE: what a failed test has left connected must not keep it alive.
    drop: (name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`,
  },
  mariadb: {
    variable: 'TEST_MARIADB_URL',
    usual: 'mysql://root@127.0.0.1:3306/',
    create: (name) => `CREATE DATABASE ${name} CHARACTER SET utf8mb4`,
    drop: (name) => `DROP DATABASE IF EXISTS ${name}`,
  },
};

const urls: Readonly<Record<ServerName, string | undefined>> = {
  postgres: await findServer('postgres'),
  mariadb: await findServer('mariadb'),
};

async function findServer(name: ServerName): Promise<string | undefined> {
  const { variable, usual } = SERVERS[name];
  const given = process.env[variable];
  if (given) return given;
  try {
    await runOn(name, { url: usual, statement: 'SELECT 1' });
    return usual;
  } catch {
    return undefined;
  }
}

async function onServer(name: ServerName, url: string): Promise<Made> {
  const created = `file_encryptor_${randomBytes(8).toString('hex')}`;
  const run = (statement: string) => runOn(name, { url, statement });
  await run(SERVERS[name].create(created));
  return {
    options: serverOptions(name, { url, database: created }),
    remove: () => run(SERVERS[name].drop(created)),
  };
}

async function runOn(
  name: ServerName,
  { url, statement }: { url: string; statement: string },
): Promise<void> {
  const database = new URL(url).pathname.slice(1) || undefined;
  const source = new DataSource(serverOptions(name, { url, database }));
  await source.initialize();
  try {
    await source.query(statement);
  } finally {
    await source.destroy();
  }
}

function serverOptions(
  name: ServerName,
  { url, database }: { url: string; database: string | undefined },
): DataSourceOptions {
  const { hostname, port, username, password } = new URL(url);
  return {
    type: name,
    host: hostname,
    ...(port && { port: Number(port) }),
    username: decodeURIComponent(username),
    ...(password && { password: decodeURIComponent(password) }),
    ...(database && { database }),
  };
}
