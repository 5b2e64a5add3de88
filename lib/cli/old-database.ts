import { stat } from 'node:fs/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { notOpened, wrongUsage } from './command-failure.js';

/**
 * Connects to the database of an old application, by the path of a SQLite file
 * or a URL; the URLs of SQLAlchemy, as `postgresql+psycopg2://`, are understood.
 *
 * @throws CommandFailure if it cannot be reached.
 */
export async function openOldDatabase(text: string): Promise<DataSource> {
  const options = optionsOf(text);
  try {
    // TypeORM would make the folder.
    if (options.type === 'better-sqlite3') await stat(options.database);
    return await new DataSource(options).initialize();
  } catch (cause) {
    throw notOpened('The old database could not be opened', cause);
  }
}

function optionsOf(text: string): DataSourceOptions {
  const { scheme, rest } =
    /^(?<scheme>[a-z0-9]+)(\+\w+)?:\/\/(?<rest>.*)$/.exec(text)?.groups ?? {};
  if (scheme === undefined) return sqlite(text);
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
      return { type: 'postgres', url: `postgres://${rest}` };
    case 'mysql':
    case 'mariadb':
      return { type: 'mysql', url: `mysql://${rest}` };
    case 'sqlite':
      // Three slashes and a relative path, or four and an absolute one.
      return sqlite((rest ?? '').slice(1));
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
