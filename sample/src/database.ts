import { ConfigurationError } from 'nestjs-file-encryptor';
import type { DataSourceOptions } from 'typeorm';
import { DriveFile, Link, Token, User } from './entities.js';

/** For a sample only: an application that keeps data writes migrations. */
const SCHEMA = {
  entities: [User, DriveFile, Token, Link],
  synchronize: true,
};

/**
 * TypeORM's options for a database.
 *
 * @param location - path of a SQLite file, or a URL that begins with
 * `postgres://`, `postgresql://`, `mysql://` or `mariadb://`.
 * @throws {@link ConfigurationError} for any other URL.
 */
export function databaseOptions(location: string): DataSourceOptions {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(location)?.[1];
  if (scheme === undefined) {
    return sqliteOptions(location);
  }
  if (URL.canParse(location)) {
    switch (scheme) {
      case 'postgres':
      case 'postgresql':
        return { ...SCHEMA, type: 'postgres', url: location };
      case 'mysql':
      case 'mariadb':
        return { ...SCHEMA, type: scheme, url: location, charset: 'utf8mb4' };
    }
  }
  // Not repeated here: a URL holds a password.
  throw new ConfigurationError(
    'DATABASE_URL must be the path of a SQLite file, or a URL that begins with postgres://, postgresql://, mysql:// or mariadb://.',
  );
}

function sqliteOptions(database: string): DataSourceOptions {
  return {
    ...SCHEMA,
    type: 'better-sqlite3',
    database,
    // TypeORM itself sets foreign_keys = ON. With secure_delete what is deleted
    // is overwritten: the key of an erased owner does not stay in a free page.
    // Nor in a write-ahead log, which would keep old pages for a while: no WAL.
    prepareDatabase: (connection: { pragma(text: string): unknown }) => {
      connection.pragma('secure_delete = ON');
    },
  };
}
