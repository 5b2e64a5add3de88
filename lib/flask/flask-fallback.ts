import { Logger } from '@nestjs/common';
import { FileNotFoundError, nameFile } from '../core/errors.js';
import { EncryptedFile } from '../download/encrypted-file.js';
import { OwnedFiles, type OwnedPlace } from '../download/owned-files.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import type { EntityRows } from '../entities/entity-rows.js';
import {
  type Owner,
  parseCanonicalOwner,
  type ResolvedOwner,
} from '../entities/owner.js';
import { FALLBACK_TYPE } from '../upload/file-name.js';
import { FileImporter, type ImportPlace } from './file-importer.js';
import { FlaskContent } from './flask-content.js';
import type { FlaskFallbackSource } from './flask-fallback-options.js';
import { openFlaskFile } from './flask-file.js';
import type { FlaskId, FlaskRow } from './flask-rows.js';

/**
 * Finds files as {@link OwnedFiles} does, and old files where no row of ours has
 * the filename.
 */
export class FlaskFallback<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
> extends OwnedFiles<File, Token> {
  readonly #rows: EntityRows<File, Token>;
  readonly #place: OwnedPlace;
  readonly #old: FlaskFallbackSource;
  readonly #importer: FileImporter<File, Token>;
  readonly #log = new OncePerFile();

  constructor(
    rows: EntityRows<File, Token>,
    place: OwnedPlace & ImportPlace,
    old: FlaskFallbackSource,
  ) {
    super(rows, place);
    this.#rows = rows;
    this.#place = place;
    this.#old = old;
    this.#importer = new FileImporter(rows, place);
    logger.warn(
      'The option flask is on: files that are not found are looked for in the old application of Flask-Encryptor, whose files are not authenticated. Leave it out once all are imported.',
    );
  }

  /**
   * Looks up a file of the owner's, or else an old file of the same user's, which
   * is imported first where that is asked for.
   *
   * @throws FileNotFoundError if the owner has neither.
   * @throws FormatError, KeyNotFoundError, ObjectNotFoundError or StoreError if
   * there is an old file that cannot be read.
   */
  override async find(
    filename: string,
    owner: Owner,
  ): Promise<EncryptedFile<File>> {
    try {
      return await super.find(filename, owner);
    } catch (error) {
      if (!(error instanceof FileNotFoundError)) throw error;
      const resolved = this.#rows.owner(owner);
      const row = await this.#oldRow(filename, resolved);
      if (!row) throw error;
      // It may have been made meanwhile; another's, or one that the application
      // has marked as deleted, is in the place of the old one as well.
      const isOurs = await this.#rows.files.findByFilename(filename);
      const isThere = isOurs !== null || (await this.#imported(row, resolved));
      return isThere ? super.find(filename, owner) : this.#open(row, resolved);
    }
  }

  async #oldRow(
    filename: string,
    owner: ResolvedOwner,
  ): Promise<FlaskRow | undefined> {
    const userId = this.#userOf(owner);
    if (userId === undefined) return undefined;
    return this.#old.source.rows.find(filename, userId);
  }

  /** @returns undefined for an owner of another kind, who has no old files. */
  #userOf({ canonical }: ResolvedOwner): FlaskId | undefined {
    const properties = Object.entries(parseCanonicalOwner(canonical));
    const [[name, id] = []] = properties;
    const isUser = properties.length === 1 && name === this.#old.owner;
    return isUser && typeof id === 'string' ? id : undefined;
  }

  /** Imports an old file where that is asked for. @returns whether it is ours. */
  async #imported(row: FlaskRow, owner: ResolvedOwner): Promise<boolean> {
    const { source, migrate } = this.#old;
    if (!migrate) return false;
    const { outcome, reason } = await this.#importer.import(row, source, {
      ownerOf: () => owner.values,
    });
    if (outcome !== 'refused') return true;
    this.#log.warn(
      row.filename,
      `could not be imported and is read where it is. ${reason ?? ''}`,
    );
    return false;
  }

  async #open(
    row: FlaskRow,
    owner: ResolvedOwner,
  ): Promise<EncryptedFile<File>> {
    const { filename } = row;
    try {
      const { source } = this.#old;
      const token = await source.rows.token(row.userId ?? '');
      const open = () => openFlaskFile(row, token, source);
      const { name, size, modifiedAt, content } = await open();
      await content.return();
      this.#log.warn(
        filename,
        'is an old file of Flask-Encryptor, which is not authenticated.',
      );
      return new EncryptedFile({
        row: this.#rows.files.create({
          ...owner.values,
          filename,
          size,
          createdAt: modifiedAt,
        }),
        information: { name, type: FALLBACK_TYPE, size, detected: undefined },
        content: new FlaskContent({ filename, size, open }),
        temporary: this.#place.temporary,
        delivery: this.#place.delivery,
        idleTimeout: this.#place.idleTimeout,
      });
    } catch (error) {
      throw nameFile(error, filename);
    }
  }
}

const logger = new Logger('FileEncryptor');

/** Filenames that are remembered: some megabytes at most. */
const MAX_TOLD = 20_000;

/** Says something of a file one time, and of very many files nothing more. */
class OncePerFile {
  readonly #told = new Set<string>();

  warn(filename: string, what: string): void {
    if (this.#told.has(filename) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(filename);
    logger.warn(`File ${filename} ${what}`);
  }
}
