import { isUint8Array } from 'node:util/types';
import type { DataSource } from 'typeorm';
import {
  ConfigurationError,
  FormatError,
  KeyNotFoundError,
} from '../core/errors.js';
import { isFilename } from '../core/store/object-key.js';
import { inTurns } from '../entities/in-turns.js';

/** Names of the old tables; with a schema as `schema.table`. */
export interface FlaskTables {
  /** `uploaded_files` */
  readonly files: string;
  /** `tokens` */
  readonly tokens: string;
}

/** Names of the old columns, by table; each is its own default. */
export interface FlaskColumns {
  readonly files: Partial<Record<FilesColumn, string>>;
  readonly tokens: Partial<Record<TokensColumn, string>>;
}

type FilesColumn = 'id' | 'filename' | 'realname' | 'user_id';
type TokensColumn = 'id' | 'value' | 'user_id';

/** All names, the defaults filled in. */
interface FlaskNames {
  readonly tables: FlaskTables;
  readonly files: Readonly<Record<FilesColumn, string>>;
  readonly tokens: Readonly<Record<TokensColumn, string>>;
}

/** A primary key of the old database. */
export type FlaskId = string | number;

/** A row of `uploaded_files`: claims, none of them checked. */
export interface FlaskRow {
  readonly id: FlaskId;
  /** Under which its file should lie in the data folder. */
  readonly filename: string;
  /** The encrypted name; undefined where the column holds no bytes. */
  readonly realname: Uint8Array | undefined;
  /** Whose it is; undefined where the column holds no key. */
  readonly userId: FlaskId | undefined;
}

/** The user of an old row has no token there. */
export class FlaskTokenError extends KeyNotFoundError {}

const PAGE = 200;

/** The statements on the old database: they read, and nothing else. */
export class FlaskRows {
  readonly #dataSource: DataSource;
  readonly #names: FlaskNames;

  constructor(dataSource: DataSource, names: FlaskNames) {
    this.#dataSource = dataSource;
    this.#names = names;
  }

  /**
   * All rows by their primary key, a page at a time: no cursor stays open, and
   * what is inserted meanwhile is seen. Other work gets its turn in between.
   *
   * @throws {@link ConfigurationError} if rows cannot be told apart by the key.
   */
  async *all(): AsyncGenerator<FlaskRow, void> {
    let page = await this.#page();
    while (page.length > 0) {
      yield* inTurns(page);
      const last = page.at(-1);
      page = await this.#page(last);
      // Some databases order texts in one way and compare them in another.
      if (page.some((row) => row.id === last?.id)) throw noKey();
    }
  }

  /** How many rows there are now. */
  async count(): Promise<number> {
    const { tables } = this.#names;
    const [row] = await this.#query(
      `SELECT COUNT(*) AS ${this.#escape('total')} FROM ${this.#table(tables.files)}`,
    );
    return Number(row?.['total']);
  }

  /**
   * The user's row of that filename. Keys are compared as texts here, and not in
   * the database: MySQL takes the text `5abc` for the number 5.
   */
  async find(filename: string, userId: FlaskId): Promise<FlaskRow | undefined> {
    if (!isFilename(filename)) return undefined;
    const column = this.#escape(this.#names.files.filename);
    const rows = await this.#query(
      `${this.#selectFiles()} WHERE ${column} = ${this.#parameter()}`,
      [filename],
    );
    return rows
      .map(toRow)
      .find((row) => row.filename === filename && isSame(row.userId, userId));
  }

  /**
   * The text of a user's token.
   *
   * @throws {@link FlaskTokenError} if there is none.
   * @throws {@link FormatError} if there are several: nothing tells which of them
   * a file was encrypted with.
   */
  async token(userId: FlaskId): Promise<string> {
    const { tables, tokens } = this.#names;
    const rows = await this.#query(
      `SELECT ${this.#columns(tokens)} FROM ${this.#table(tables.tokens)} WHERE ${this.#escape(tokens.user_id)} = ${this.#parameter()}`,
      [userId],
    );
    const values = new Set(
      rows
        .filter((row) => isSame(toId(row['user_id']), userId))
        .map((row) => toText(row['value']))
        .filter((text) => text !== ''),
    );
    const [value] = values;
    if (!value) throw noToken();
    if (values.size > 1) throw ambiguousToken();
    return value;
  }

  async #page(last?: FlaskRow): Promise<FlaskRow[]> {
    const id = this.#escape(this.#names.files.id);
    const after = last ? ` WHERE ${id} > ${this.#parameter()}` : '';
    const rows = await this.#query(
      `${this.#selectFiles()}${after} ORDER BY ${id} LIMIT ${PAGE}`,
      last ? [last.id] : [],
    );
    return rows.map(toRow);
  }

  #query(
    statement: string,
    parameters: readonly unknown[] = [],
  ): Promise<Record<string, unknown>[]> {
    return this.#dataSource.query(statement, [...parameters]);
  }

  #selectFiles(): string {
    const { files, tables } = this.#names;
    return `SELECT ${this.#columns(files)} FROM ${this.#table(tables.files)}`;
  }

  #columns(names: Readonly<Record<string, string>>): string {
    return Object.entries(names)
      .map(([as, name]) => `${this.#escape(name)} AS ${this.#escape(as)}`)
      .join(', ');
  }

  #table(name: string): string {
    return name
      .split('.')
      .map((part) => this.#escape(part))
      .join('.');
  }

  #escape(name: string): string {
    return this.#dataSource.driver.escape(name);
  }

  /** The first and only parameter of a statement. */
  #parameter(): string {
    return this.#dataSource.driver.createParameter('value', 0);
  }
}

/**
 * Fills in the names that are not given.
 *
 * @throws {@link ConfigurationError} if one can be no name.
 */
export function resolveNames({
  tables,
  columns,
}: {
  readonly tables?: Partial<FlaskTables> | undefined;
  readonly columns?: Partial<FlaskColumns> | undefined;
}): FlaskNames {
  return {
    tables: named({ files: 'uploaded_files', tokens: 'tokens' }, tables),
    files: named(
      {
        id: 'id',
        filename: 'filename',
        realname: 'realname',
        user_id: 'user_id',
      },
      columns?.files,
    ),
    tokens: named(
      { id: 'id', value: 'value', user_id: 'user_id' },
      columns?.tokens,
    ),
  };
}

function named<Name extends string>(
  defaults: Readonly<Record<Name, string>>,
  given: Partial<Record<Name, string>> = {},
): Record<Name, string> {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name)) {
      throw new ConfigurationError(
        `${name.slice(0, 64)} is no table or column of Flask-Encryptor here; there are ${Object.keys(defaults).join(', ')}.`,
      );
    }
    // TypeORM 0.3 puts a name between quotes as it is.
    if (typeof value !== 'string' || !/^[^"`\0]+$/.test(value)) {
      throw new ConfigurationError(
        `The name of ${name} in the old database must be a text without quotes.`,
      );
    }
  }
  return { ...defaults, ...given };
}

function toRow(row: Readonly<Record<string, unknown>>): FlaskRow {
  const { filename, realname, user_id } = row;
  const id = toId(row['id']);
  if (id === undefined) throw noKey();
  return {
    id,
    filename: toText(filename),
    realname: isUint8Array(realname) ? realname : undefined,
    userId: toId(user_id),
  };
}

function toId(value: unknown): FlaskId | undefined {
  if (typeof value === 'bigint') return String(value);
  // A larger one was rounded by the driver, to that of another row.
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? value : undefined;
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A text column may have been made as a binary one. */
function toText(value: unknown): string {
  if (isUint8Array(value)) return Buffer.from(value).toString('latin1');
  return typeof value === 'string' ? value : '';
}

function isSame(one: FlaskId | undefined, other: FlaskId): boolean {
  return String(one) === String(other);
}

function noKey(): ConfigurationError {
  return new ConfigurationError(
    'Rows of the old table have no primary key of integers or texts, or one that does not order them: name another column as its id.',
  );
}

function noToken(): FlaskTokenError {
  return new FlaskTokenError(
    'The user of the old row has no token there: its files cannot be read without it. Restore the row of the token from a backup of the old database.',
  );
}

function ambiguousToken(): FormatError {
  return new FormatError(
    'The user of the old row has several different tokens, and nothing tells which one the file was encrypted with: leave the right one.',
  );
}
