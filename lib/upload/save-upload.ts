import { ConfigurationError, OwnerError, UploadError } from '../core/errors.js';
import type { KeyChain } from '../core/keys/key-chain.js';
import type { SecretKey } from '../core/secret-key.js';
import type { ObjectStore } from '../core/store/object-store.js';
import { BASE_COLUMNS } from '../entities/base-columns.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import {
  isForeignKeyViolation,
  isOutcomeUnknown,
} from '../entities/database-failure.js';
import type { EntityManager, EntityRows } from '../entities/entity-rows.js';
import type { FileRows } from '../entities/file-rows.js';
import {
  databaseColumns,
  ownerColumns,
  type ResolvedOwner,
} from '../entities/owner.js';
import { type EncryptedUpload, requireOwn } from './encrypted-upload.js';

/** How an upload is saved. */
export interface SaveOptions<File extends BaseFileEntity> {
  /** Values of the application's own columns. */
  readonly columns?: Partial<Omit<File, keyof BaseFileEntity>>;
  /** Runs all statements: the manager of a transaction of the application's. */
  readonly manager?: EntityManager;
}

/** What is needed of a configuration to save uploads. */
export interface SavingPlace {
  readonly keys: KeyChain;
  readonly store: ObjectStore;
}

/** More names than this are never needed: a name is 16 random bytes. */
const MAX_NAMES = 3;

/**
 * Writes the rows of uploads. Opens no transaction of its own: SQLite's drivers
 * have one connection, and transactions of several requests on it mix.
 */
export class UploadSaver<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
> {
  readonly #rows: EntityRows<File, Token>;
  readonly #keys: KeyChain;
  readonly #store: ObjectStore;

  constructor(rows: EntityRows<File, Token>, { keys, store }: SavingPlace) {
    this.#rows = rows;
    this.#keys = keys;
    this.#store = store;
  }

  /**
   * Inserts the row of an upload, and the owner's token before it if the owner
   * has none. When this fails the upload is discarded, unless a committed row
   * has it, or may come to have it since the answer to its insert was lost.
   *
   * @returns the row, as inserted.
   * @throws OwnerError if the owner is none, or was erased meanwhile.
   * @throws UploadError `UPLOAD_MISSING` or `UPLOAD_SPENT`.
   */
  async save(
    upload: EncryptedUpload | undefined,
    owner: unknown,
    options: SaveOptions<File> = {},
  ): Promise<File> {
    if (!upload) {
      throw new UploadError(
        'UPLOAD_MISSING',
        'The request holds no file: send one in the field that the route expects.',
      );
    }
    requireOwn(upload, this.#store);
    upload.claim();
    try {
      return await upload.during(this.#save(upload, owner, options));
    } catch (error) {
      // Where it cannot be removed now, a sweep will find it; the first error
      // says what happened.
      await upload.discard().catch(() => undefined);
      throw error;
    }
  }

  async #save(
    upload: EncryptedUpload,
    owner: unknown,
    { columns = {}, manager }: SaveOptions<File>,
  ): Promise<File> {
    const resolved = this.#rows.owner(owner);
    checkColumns(columns, resolved, this.#rows.files.metadata);
    const token = await this.#token(resolved, manager);
    const ownerKey = await this.#keys.openToken(
      token.value,
      resolved.canonical,
    );
    const values = { ...columns, ...resolved.values };
    const { files } = this.#rows;
    // Until it is over, a transaction alone knows its rows; and who holds one of
    // the pool's connections must not wait for another.
    if (manager) upload.keepWhile(() => files.isUndecided(manager));
    const row = await this.#insert(upload, { ownerKey, values, manager });
    if (!manager) upload.settle('settled');
    try {
      await this.#checkOwned({ token, ownerKey, resolved, manager });
    } catch (error) {
      await this.#takeBack(row, upload, manager);
      throw error;
    }
    return row;
  }

  /** The first error says what happened, also where this is not possible. */
  async #takeBack(
    row: File,
    upload: EncryptedUpload,
    manager: EntityManager | undefined,
  ): Promise<void> {
    try {
      await this.#rows.files.delete([row], manager);
      upload.settle(manager ? 'none' : 'settled');
    } catch {
      // The row is there, or the transaction decides: the container stays.
    }
  }

  /** The owner's token; of several first uploads at once one makes it. */
  async #token(
    owner: ResolvedOwner,
    manager: EntityManager | undefined,
  ): Promise<Token> {
    const { tokens } = this.#rows;
    const found = await tokens.find(owner, manager);
    if (found) return found;
    const { value } = await this.#keys.createToken(owner.canonical);
    try {
      await tokens.insertIfNone(owner, value, manager);
    } catch (error) {
      // A deadlock has rolled the application's transaction back: what would be
      // written from here on would not belong to it.
      if (manager) throw translate(error);
      // Only the answer may have been lost.
      const made = await tokens.findLatest(owner, manager).catch(() => null);
      if (!made) throw translate(error);
      return made;
    }
    const token = await tokens.findLatest(owner, manager);
    if (!token) throw ownerErased();
    return token;
  }

  async #insert(
    upload: EncryptedUpload,
    { ownerKey, values, manager }: InsertContext,
  ): Promise<File> {
    const { files } = this.#rows;
    for (let attempt = 1; ; attempt += 1) {
      const own = upload.columns(ownerKey);
      const row = files.create({ ...values, ...own });
      try {
        await files.insert(row, manager);
        return row;
      } catch (error) {
        const present = await this.#findNow(own.filename, manager);
        // The insert had arrived, and only its answer was lost.
        if (present?.key === own.key) return present;
        const isFinal = upload.keepsName || attempt === MAX_NAMES;
        if (!present || isFinal) {
          this.#settleFailed(upload, error, manager);
          throw translate(error);
        }
        await upload.rename();
      }
    }
  }

  #settleFailed(
    upload: EncryptedUpload,
    error: unknown,
    manager: EntityManager | undefined,
  ): void {
    // Nobody but the transaction could commit it, and there it is not.
    if (manager && this.#rows.files.isUndecided(manager)) upload.settle('none');
    // What is still on its way to the database nobody sees there.
    else if (isOutcomeUnknown(error)) upload.keepUnsettled();
    else upload.settle('settled');
  }

  /**
   * The row that has the filename after a failed insert, as far as anybody can
   * tell. Within a transaction nobody outside is asked: it would take another
   * connection, of which all may be held by such transactions.
   */
  async #findNow(
    filename: string,
    manager: EntityManager | undefined,
  ): Promise<File | null> {
    const { files } = this.#rows;
    const inside = manager
      ? await files.findByFilename(filename, manager).catch(() => null)
      : null;
    if (inside || (manager && files.isUndecided(manager))) return inside;
    return files.findByFilename(filename).catch(() => null);
  }

  /** A row that was inserted while its owner was erased must not stay. */
  async #checkOwned({
    token,
    ownerKey,
    resolved,
    manager,
  }: OwnedContext<Token>): Promise<void> {
    const now = await this.#rows.tokens.findLatest(resolved, manager);
    if (now?.value === token.value) return;
    const key =
      now && (await this.#keys.openToken(now.value, resolved.canonical));
    // A rewrapped token holds the same key.
    if (key?.equals(ownerKey)) return;
    throw ownerErased();
  }
}

interface InsertContext {
  readonly ownerKey: SecretKey;
  readonly values: object;
  readonly manager: EntityManager | undefined;
}

interface OwnedContext<Token> {
  readonly token: Token;
  readonly ownerKey: SecretKey;
  readonly resolved: ResolvedOwner;
  readonly manager: EntityManager | undefined;
}

function checkColumns(
  columns: object,
  owner: ResolvedOwner,
  metadata: FileRows<BaseFileEntity>['metadata'],
): void {
  // By column: an entity may have the owner's foreign key as a property too.
  const taken = new Set(ownerColumns(owner, metadata));
  for (const name of Object.keys(columns)) {
    const isTaken = databaseColumns(name, metadata).some((column) =>
      taken.has(column),
    );
    if (BASE_COLUMNS.has(name) || isTaken) {
      throw new ConfigurationError(
        `columns.${name} is filled by save itself: leave it out.`,
      );
    }
  }
}

function translate(error: unknown): unknown {
  return isForeignKeyViolation(error) ? noSuchOwner(error) : error;
}

function noSuchOwner(cause?: unknown): OwnerError {
  return new OwnerError(
    'The database has no such owner: save the owner before its files.',
    { cause },
  );
}

function ownerErased(): OwnerError {
  return new OwnerError(
    'The owner was erased while the file was saved; the file is gone with the owner.',
    { code: 'OWNER_ERASED' },
  );
}
