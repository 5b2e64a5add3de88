import { setTimeout } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { demand } from './violation.mjs';

/** How long a server may take to see that a client is gone. */
const SETTLING_MS = 60_000;

const MYSQL = {
  tables: 'SHOW TABLES',
  others: `SELECT * FROM information_schema.processlist
    WHERE db = DATABASE() AND id <> CONNECTION_ID()`,
};

/** What asks a server for a database's tables, and for its other connections. */
const SERVERS = {
  postgres: {
    tables: `SELECT * FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    others: `SELECT * FROM pg_stat_activity WHERE datname = current_database()
      AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  },
  mysql: MYSQL,
  mariadb: MYSQL,
};

/**
 * @typedef {object} Rows
 * @property {{ id: string, name: string }[]} users
 * @property {{ userId: string }[]} tokens
 * @property {{ filename: string, path: string, userId: string }[]} files
 * @property {{ filename: string }[]} links
 */

/** The key of a row's container. @param {Rows['files'][number]} row */
export function keyOf({ path, filename }) {
  return `${path}/${filename}`;
}

/**
 * Whether a database is one of a server.
 *
 * @param {string} database - path of a SQLite file, or a URL of PostgreSQL, MySQL
 * or MariaDB.
 */
export function isServer(database) {
  return typeOf(database) !== 'better-sqlite3';
}

/** @param {string} url - of a server's database. @throws RangeError if it has tables. */
export async function checkEmpty(url) {
  const { tables } = SERVERS[typeOf(url)] ?? {};
  if (!tables) throw new RangeError('The database must be one of a server.');
  const found = await connected(url, (source) => source.query(tables));
  if (found.length === 0) return;
  throw new RangeError('The database has tables: give an empty one.');
}

/**
 * Reads the database beside the process that has it open.
 *
 * @param {string} database
 * @returns {Promise<Rows>}
 */
export function readRows(database) {
  return connected(database, async (source) => {
    if (!isServer(database)) await checkFile(source);
    const all = (/** @type {string} */ table) =>
      source.query(`SELECT * FROM ${table}`);
    return {
      users: await all('users'),
      tokens: await all('tokens'),
      files: await all('files'),
      links: await all('links'),
    };
  });
}

/**
 * Waits until a server has nothing more to do for a client that was killed, while
 * nobody else is connected.
 *
 * @param {string} database
 */
export async function settled(database) {
  const { others } = SERVERS[typeOf(database)] ?? {};
  if (!others) return;
  const end = performance.now() + SETTLING_MS;
  await connected(database, async (source) => {
    for (;;) {
      const left = await source.query(others);
      if (left.length === 0) return;
      if (performance.now() > end) {
        throw new Error('Somebody else is connected to the database.', {
          cause: left,
        });
      }
      await setTimeout(5);
    }
  });
}

/** @param {DataSource} source */
async function checkFile(source) {
  const [{ integrity_check: damage }] = await source.query(
    'PRAGMA integrity_check',
  );
  demand(damage === 'ok', 'the database is whole', String(damage));
}

/**
 * @template T
 * @param {string} database
 * @param {(source: DataSource) => Promise<T>} act
 * @returns {Promise<T>}
 */
async function connected(database, act) {
  const type = typeOf(database);
  const source = new DataSource(
    type === 'better-sqlite3'
      ? { type, database, readonly: true }
      : { type, url: database },
  );
  await source.initialize();
  try {
    return await act(source);
  } finally {
    await source.destroy();
  }
}

/** @param {string} database @returns {'postgres' | 'mysql' | 'mariadb' | 'better-sqlite3'} */
function typeOf(database) {
  const scheme = /^[a-z]+(?=:\/\/)/.exec(database)?.[0];
  if (scheme === undefined) return 'better-sqlite3';
  if (scheme === 'postgresql') return 'postgres';
  if (scheme in SERVERS) return scheme;
  throw new RangeError(
    'The URL begins with postgres://, postgresql://, mysql:// or mariadb://.',
  );
}
