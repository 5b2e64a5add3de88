import { resolve } from 'node:path';
import { isUint8Array } from 'node:util/types';
import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../core/errors.js';
import {
  type AllowUnauthenticated,
  requireLeave,
} from '../core/legacy/unauthenticated.js';
import {
  type FlaskColumns,
  FlaskRows,
  type FlaskTables,
  resolveNames,
} from './flask-rows.js';

/** An old application with Flask-Encryptor: its database, folder and key. */
export interface FlaskSourceOptions extends AllowUnauthenticated {
  /** Of the old database, connected: one of its own, or the application's. */
  readonly dataSource: DataSource;
  /** FILE_ENCRYPTOR_DATA_DIR of the old application. */
  readonly dataDir: string;
  /**
   * FILE_ENCRYPTOR_GLOBAL_KEY of the old application, as text or bytes. If it had
   * none, it ran with the published one, `aAa8KxQx4Eoxwu41HTaa`: give that.
   */
  readonly globalKey: string | Uint8Array;
  /** FILE_ENCRYPTOR_CHUNK_SIZE, if it was no multiple of 16. */
  readonly chunkSize?: number | undefined;
  /** Names of the tables that differ: `uploaded_files` and `tokens`. */
  readonly tables?: Partial<FlaskTables> | undefined;
  /** Names of the columns that differ, by table. */
  readonly columns?: Partial<FlaskColumns> | undefined;
}

/** The same, checked. Whoever has it may only read. */
export interface FlaskSource {
  readonly rows: FlaskRows;
  /** Absolute. */
  readonly dataDir: string;
  readonly globalKey: string | Uint8Array;
  readonly chunkSize: number | undefined;
}

/**
 * Checks what is said of an old application. Nothing of it is opened.
 *
 * @throws {@link ConfigurationError} if an option is missing or unusable, or
 * without `allowUnauthenticated`.
 */
export function openFlaskSource(options: FlaskSourceOptions): FlaskSource {
  requireLeave(options);
  const { dataSource, dataDir, globalKey, chunkSize } = options;
  if (!isConnected(dataSource)) {
    throw new ConfigurationError(
      'dataSource must be a TypeORM DataSource of the old database, initialized.',
    );
  }
  if (typeof dataDir !== 'string' || dataDir === '') {
    throw new ConfigurationError(
      'dataDir must be the folder that the old application has as FILE_ENCRYPTOR_DATA_DIR.',
    );
  }
  checkGlobalKey(globalKey);
  checkChunkSize(chunkSize);
  const names = resolveNames(options);
  return {
    rows: new FlaskRows(dataSource, names),
    dataDir: resolve(dataDir),
    globalKey,
    chunkSize,
  };
}

function isConnected(dataSource: unknown): boolean {
  const { isInitialized } = Object(dataSource) as Partial<DataSource>;
  return isInitialized === true;
}

function checkGlobalKey(globalKey: unknown): void {
  if (typeof globalKey === 'string' || isUint8Array(globalKey)) return;
  throw new ConfigurationError(
    'globalKey must be the FILE_ENCRYPTOR_GLOBAL_KEY of the old application, a text or its bytes. If it had set none, give the one that Flask-Encryptor is published with.',
  );
}

function checkChunkSize(chunkSize: unknown): void {
  if (chunkSize === undefined) return;
  if (Number.isSafeInteger(chunkSize) && Number(chunkSize) > 0) return;
  throw new ConfigurationError(
    'chunkSize must be the FILE_ENCRYPTOR_CHUNK_SIZE of the old application, a whole number of bytes; leave it out if it was a multiple of 16.',
  );
}
