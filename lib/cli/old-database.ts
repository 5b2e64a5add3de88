import { stat } from 'node:fs/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { CommandFailure, codeOf, wrongUsage } from './command-failure.js';

/**
 * Connects to the database of an old application, by the path of a SQLite file
 * or a URL; the URLs of SQLAlchemy, as `postgresql+psycopg2://`, are understood.
 *
 * @param text - may hold a password: no message repeats any of it, nor what a
 * driver says of it.
 * @throws CommandFailure if it cannot be reached.
 */
export async function openOldDatabase(text: string): Promise<DataSource> {
  const options = optionsOf(text);
  try {
    // TypeORM would make the folder.
    if (options.type === 'better-sqlite3') await stat(options.database);
    return await new DataSource(options).initialize();
  } catch (cause) {
    throw new CommandFailure(
      'unopened',
      `The old database could not be opened, ${codeOf(cause)}: see whether the path or the URL is right, with its user and password, and whether the database answers.`,
      { cause },
    );
  }
}

function optionsOf(text: string): DataSourceOptions {
  if (!text.includes('://')) return sqlite(text);
  const { scheme = '', rest = '' } =
    /^(?<scheme>[a-z0-9]+)(\+\w+)?:\/\/(?<rest>.*)$/is.exec(text)?.groups ?? {};
  switch (scheme.toLowerCase()) {
    case 'postgres':
    case 'postgresql':
      return { type: 'postgres', url: `postgres://${rest}` };
    case 'mysql':
    case 'mariadb':
      return { type: 'mysql', url: `mysql://${rest}` };
    case 'sqlite':
      // Three slashes and a relative path, or four and an absolute one.
      return sqlite(rest.slice(1));
    default:
      throw wrongUsage(
        'The old database is the path of a SQLite file, or a URL that begins with postgres:// or mysql://.',
      );
  }
}

function sqlite(database: string): DataSourceOptions {
  return {
    type: 'better-sqlite3',
    database,
    readonly: true,
    fileMustExist: true,
  };
}
