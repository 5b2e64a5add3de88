import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  lstat,
  mkdtemp,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { afterAll } from 'vitest';
import { encryptLegacyName } from '../../lib/core/legacy/legacy-name.js';
import { writeLegacyFile } from '../../lib/core/legacy/write-legacy-file.js';
import type { FlaskSourceOptions } from '../../lib/flask/flask-source.js';
import type { TestDatabase } from '../databases.js';

/** The key that Flask-Encryptor is published with. */
export const PUBLISHED_KEY = 'aAa8KxQx4Eoxwu41HTaa';

/** A row of `uploaded_files`, as it is inserted. */
export interface OldRow {
  readonly filename?: string | null;
  readonly realname?: Buffer | null;
  readonly path?: string;
  readonly user?: number | null;
}

/** A file that is put into the old application. */
export interface OldFile extends OldRow {
  /** `letter.txt` when absent. */
  readonly name?: string;
  readonly content?: Buffer;
  /** The text of the owner's token. */
  readonly token: string;
}

/** Names of tables and columns that differ from the extension's own. */
export type OldNames = Readonly<Record<string, string>>;

/** A folder and a database as an application with Flask-Encryptor has them. */
export interface OldApplication {
  readonly source: DataSource;
  readonly dataDir: string;
  /** As the import takes them. */
  readonly options: FlaskSourceOptions;
  /** Inserts a user's token. */
  addToken(user: number, token?: string): Promise<string>;
  /** Inserts a row, and nothing else. */
  addRow(row: OldRow): Promise<string>;
  /** Writes a file of the extension and inserts its row; gives its filename. */
  addFile(file: OldFile): Promise<string>;
  /** All rows, and all files with contents, times and modes, as one text. */
  state(): Promise<string>;
}

/** When every old file was last written. */
export const WRITTEN_AT = Date.UTC(2018, 4, 7, 12, 34, 56);

/**
 * Registers the hook that removes what is made, and makes old applications.
 *
 * @returns makes an empty one; `names` are those of tables and columns that have
 * another name than the extension's pages give them.
 */
export function useOldApplications(
  database: Pick<TestDatabase, 'connect'>,
): (names?: OldNames) => Promise<OldApplication> {
  const folders: string[] = [];
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });
  return async (names = {}) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'old-application-'));
    folders.push(dataDir);
    return makeOldApplication(await database.connect([]), dataDir, names);
  };
}

async function makeOldApplication(
  source: DataSource,
  dataDir: string,
  names: OldNames,
): Promise<OldApplication> {
  const old = new Rows(source, names);
  await old.createTables();
  const addRow = (row: OldRow) => old.addRow({ path: dataDir, ...row });
  return {
    source,
    dataDir,
    options: {
      dataSource: source,
      dataDir,
      globalKey: PUBLISHED_KEY,
      allowUnauthenticated: true,
    },
    addRow,
    addToken: (user, token = newName()) => old.addToken(user, token),
    async addFile({ name = 'letter.txt', content, token, ...row }) {
      const filename = row.filename ?? newName();
      await writeOldFile(join(dataDir, filename), {
        content: content ?? Buffer.from('Dear Anna'),
        token,
      });
      return addRow({ realname: oldName(name), ...row, filename });
    },
    state: async () =>
      JSON.stringify([await old.all(), await describeFolder(dataDir)]),
  };
}

/** 32 hexadecimal digits of a UUID 4, as the extension makes names and tokens. */
export function newName(): string {
  return randomUUID().replaceAll('-', '');
}

/** A name as the column `realname` has it. */
export function oldName(name: string): Buffer {
  return encryptLegacyName(name, {
    globalKey: PUBLISHED_KEY,
    allowUnauthenticated: true,
  });
}

/** Writes a file of the extension, of {@link WRITTEN_AT}. */
export async function writeOldFile(
  path: string,
  { content, token }: { readonly content: Buffer; readonly token: string },
): Promise<void> {
  const pieces = writeLegacyFile(chunksOf(content), {
    token,
    size: content.length,
    allowUnauthenticated: true,
  });
  await writeFile(path, await buffer(pieces));
  await utimes(path, WRITTEN_AT / 1000, WRITTEN_AT / 1000);
}

/** Content that no two files share. */
export function newContent(bytes: number): Buffer {
  return randomBytes(bytes);
}

/** Paths below a folder, each with kind, mode, times and a hash of its bytes. */
export async function describeFolder(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return Promise.all(
    names.toSorted().map(async (name) => {
      const path = join(folder, name);
      const stats = await lstat(path);
      const { mode, size, mtimeMs, ctimeMs } = stats;
      const bytes = stats.isFile() ? await readFile(path) : '';
      const hash = createHash('sha256').update(bytes).digest('hex');
      return [name, mode, size, mtimeMs, ctimeMs, hash].join(' ');
    }),
  );
}

async function* chunksOf(content: Buffer): AsyncGenerator<Uint8Array> {
  yield content;
}

/** The tables, as Flask-SQLAlchemy makes them on each database. */
class Rows {
  readonly #source: DataSource;
  readonly #names: OldNames;

  constructor(source: DataSource, names: OldNames) {
    this.#source = source;
    this.#names = names;
  }

  async createTables(): Promise<void> {
    const { key, bytes } = TYPES[this.#source.options.type] ?? SQLITE_TYPES;
    await this.#run(
      `CREATE TABLE {uploaded_files} ({id} ${key}, {filename} VARCHAR(255) UNIQUE, {realname} ${bytes}, {path} VARCHAR(255), {user_id} INTEGER)`,
    );
    await this.#run(
      `CREATE TABLE {tokens} ({id} ${key}, {value} VARCHAR(32), {user_id} INTEGER)`,
    );
  }

  async addToken(user: number, token: string): Promise<string> {
    await this.#run('INSERT INTO {tokens} ({value}, {user_id}) VALUES (?, ?)', [
      token,
      user,
    ]);
    return token;
  }

  async addRow(row: OldRow): Promise<string> {
    const { filename = newName(), realname = oldName('letter.txt') } = row;
    const { path = '', user = 1 } = row;
    await this.#run(
      'INSERT INTO {uploaded_files} ({filename}, {realname}, {path}, {user_id}) VALUES (?, ?, ?, ?)',
      [filename, realname, path, user],
    );
    return filename ?? '';
  }

  async all(): Promise<unknown[]> {
    return [
      await this.#run('SELECT * FROM {uploaded_files} ORDER BY {id}'),
      await this.#run('SELECT * FROM {tokens} ORDER BY {id}'),
    ];
  }

  /** Puts names in the place of `{name}`, and parameters in that of `?`. */
  #run(statement: string, parameters: unknown[] = []): Promise<unknown> {
    const { driver } = this.#source;
    let index = 0;
    const text = statement
      .replace(/\{(\w+)\}/g, (_, name: string) =>
        driver.escape(this.#names[name] ?? name),
      )
      .replace(/\?/g, () => driver.createParameter('value', index++));
    return this.#source.query(text, parameters);
  }
}

interface Types {
  readonly key: string;
  readonly bytes: string;
}

const SQLITE_TYPES: Types = {
  key: 'INTEGER NOT NULL PRIMARY KEY',
  bytes: 'BLOB',
};

const TYPES: Partial<Record<DataSourceOptions['type'], Types>> = {
  postgres: { key: 'SERIAL NOT NULL PRIMARY KEY', bytes: 'BYTEA' },
  mariadb: {
    key: 'INTEGER NOT NULL AUTO_INCREMENT PRIMARY KEY',
    bytes: 'BLOB',
  },
};
