import { ConfigurationError } from '../core/errors.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import type { EntityRows } from '../entities/entity-rows.js';
import { databaseColumns, type Owner } from '../entities/owner.js';
import { FileImporter, type ImportPlace } from './file-importer.js';
import type { FlaskId, FlaskRow } from './flask-rows.js';
import {
  type FlaskSource,
  type FlaskSourceOptions,
  openFlaskSource,
} from './flask-source.js';
import type { ImportOutcome } from './import-outcome.js';

/** How an old application is imported. */
export interface FlaskImportOptions {
  /**
   * The property of both entities that is the owner, such as `user`: whose
   * primary keys are those of the old users. Or a function that finds the owner
   * of an old user's files; an OwnerError refuses the file.
   */
  readonly owner: string | ((userId: FlaskId) => Owner | Promise<Owner>);
  /** Reads and checks everything, and writes nothing; false. */
  readonly dryRun?: boolean | undefined;
  /** Ends the import between two files. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Imports the files of an application that used Flask-Encryptor: each is read,
 * encrypted anew, read back and compared, and saved for its owner under the
 * filename that it had. Folder and database of the old application are only read.
 *
 * An import that was interrupted is run again: it passes over what is there. A
 * file that its owner has removed here meanwhile would come back, so let the
 * import end before people work in the new application.
 *
 * Nothing of the old files is authenticated: what somebody changed there before
 * the import stays changed.
 */
export class FlaskImportService {
  readonly #rows: Rows | undefined;
  readonly #importer: FileImporter<BaseFileEntity, BaseTokenEntity> | undefined;

  /** @internal The module makes it. */
  constructor(place: ImportPlace, rows?: Rows) {
    this.#rows = rows;
    this.#importer = rows && new FileImporter(rows, place);
  }

  /**
   * Imports all files, by the primary key of their rows.
   *
   * @returns one outcome a row, each when its file is done; the next file is
   * begun when the next outcome is asked for.
   * @throws {@link ConfigurationError} at once if an option is unusable; from the
   * result, StoreError, KeyProviderError or what a database says, when the new
   * application cannot take a file or the old rows cannot be read.
   */
  run(
    options: FlaskSourceOptions,
    { owner, dryRun, signal }: FlaskImportOptions,
  ): AsyncGenerator<ImportOutcome, void> {
    if (!this.#rows || !this.#importer) throw noEntities();
    const importer = this.#importer;
    const source = openFlaskSource(options);
    const ownerOf =
      typeof owner === 'function' ? owner : ownerBy(owner, this.#rows);
    return outcomes(
      source,
      (row) => importer.import(row, source, { ownerOf, dryRun }),
      signal,
    );
  }

  /** How many rows the old application has now. */
  async count(options: FlaskSourceOptions): Promise<number> {
    return openFlaskSource(options).rows.count();
  }
}

type Rows = EntityRows<BaseFileEntity, BaseTokenEntity>;

/** A signal is looked at between two files: none is left half done. */
async function* outcomes(
  { rows }: FlaskSource,
  read: (row: FlaskRow) => Promise<ImportOutcome>,
  signal: AbortSignal | undefined,
): AsyncGenerator<ImportOutcome, void> {
  for await (const row of rows.all()) {
    if (signal?.aborted) return;
    yield await read(row);
  }
}

function ownerBy(
  property: unknown,
  { files, tokens }: Rows,
): (userId: FlaskId) => Owner {
  const isOwner = [files.metadata, tokens.metadata].every(
    (metadata) =>
      typeof property === 'string' &&
      databaseColumns(property, metadata).length > 0,
  );
  if (!isOwner) {
    throw new ConfigurationError(
      "owner must be the name of the owner's property, which both entities have, or a function that finds an owner.",
    );
  }
  return (userId) => ({ [String(property)]: userId });
}

function noEntities(): ConfigurationError {
  return new ConfigurationError(
    'An import needs the option entities: give the module your classes, { file, token }.',
  );
}
