import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../core/errors.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import type { EntityRows } from '../entities/entity-rows.js';
import { databaseColumns } from '../entities/owner.js';
import {
  type FlaskSource,
  type FlaskSourceOptions,
  openFlaskSource,
} from './flask-source.js';

/**
 * Where files are looked for that are not there, while people move from an
 * application with Flask-Encryptor to this one.
 */
export interface FlaskFallbackOptions extends Omit<
  FlaskSourceOptions,
  'dataSource'
> {
  /**
   * The old database: the name of a TypeORM data source, or a DataSource that is
   * connected. The configuration's own when absent.
   */
  readonly dataSource?: string | DataSource | undefined;
  /**
   * The property of both entities that is the owner, such as `user`. Its primary
   * keys are those of the old users.
   */
  readonly owner: string;
  /** Whether the first `find` of an old file imports it; false. */
  readonly migrate?: boolean | undefined;
}

/** The same, checked. */
export interface FlaskFallbackSource {
  readonly source: FlaskSource;
  readonly owner: string;
  readonly migrate: boolean;
}

/**
 * Checks the option `flask`. Nothing of the old folder is opened.
 *
 * @param dataSource - the one that the option names.
 * @throws {@link ConfigurationError} if something of it is missing or unusable.
 */
export function openFallbackSource(
  { owner, migrate = false, ...options }: FlaskFallbackOptions,
  rows: Rows | undefined,
  dataSource: DataSource | undefined,
): FlaskFallbackSource {
  if (!rows) {
    throw new ConfigurationError(
      'The option flask needs the option entities: give the module your classes, { file, token }.',
    );
  }
  if (!dataSource) throw noDataSource(options.dataSource);
  checkOwner(owner, rows);
  if (typeof migrate !== 'boolean') {
    throw new ConfigurationError(
      'flask.migrate must be true or false; leave it out to import nothing.',
    );
  }
  return {
    source: openFlaskSource({ ...options, dataSource }),
    owner,
    migrate,
  };
}

type Rows = EntityRows<BaseFileEntity, BaseTokenEntity>;

function checkOwner(owner: unknown, { files, tokens }: Rows): void {
  const isOwner = [files.metadata, tokens.metadata].every(
    (metadata) =>
      typeof owner === 'string' && databaseColumns(owner, metadata).length > 0,
  );
  if (!isOwner) {
    throw new ConfigurationError(
      "flask.owner must be the name of the owner's property, which both entities have, such as user.",
    );
  }
}

function noDataSource(name: unknown): ConfigurationError {
  return new ConfigurationError(
    typeof name === 'string'
      ? `There is no TypeORM data source of the name ${JSON.stringify(name)}, which the option flask.dataSource asks for: import TypeOrmModule.forRoot with that name.`
      : 'The option flask needs the old database: give the name of a TypeORM data source, or a DataSource, as flask.dataSource.',
  );
}
