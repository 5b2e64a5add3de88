import type { Duplex } from 'node:stream';
import { ConfigurationError } from './core/errors.js';
import { createDecryptStream } from './core/floe/decrypt-stream.js';
import { createEncryptStream } from './core/floe/encrypt-stream.js';
import type { BeginOptions, OpenOptions } from './core/floe/message.js';
import type { FileInformation } from './core/keys/file-information.js';
import type { SecretKey } from './core/secret-key.js';
import type { Configuration } from './configuration.js';
import type { DecryptedFile } from './download/decrypted-file.js';
import type {
  DecryptOptions,
  EncryptedFile,
} from './download/encrypted-file.js';
import { describeRow, openRow } from './download/open-row.js';
import { OwnedFiles } from './download/owned-files.js';
import type { BaseFileEntity } from './entities/base-file.entity.js';
import type { BaseTokenEntity } from './entities/base-token.entity.js';
import type { EntityRows } from './entities/entity-rows.js';
import type { Page } from './entities/file-rows.js';
import { canonicalOwnerOf, type Owner } from './entities/owner.js';
import {
  type Erased,
  eraseOwner,
  removeFile,
} from './maintenance/erase-owner.js';
import { type EncryptedUpload, requireOwn } from './upload/encrypted-upload.js';
import type { FileColumns } from './upload/file-columns.js';
import { type SaveOptions, UploadSaver } from './upload/save-upload.js';
import { storeUpload, type UploadFacts } from './upload/store-upload.js';
import { refuseCut } from './upload/upload-failure.js';

/** A token's row, as far as it is needed. */
export type TokenValue = Pick<BaseTokenEntity, 'value'>;

/**
 * Encrypts, saves, finds, decrypts and erases files; the type parameters are the
 * application's entities.
 */
export class EncryptionService<
  File extends BaseFileEntity = BaseFileEntity,
  Token extends BaseTokenEntity = BaseTokenEntity,
> {
  readonly #configuration: Configuration;
  readonly #rows: EntityRows<File, Token> | undefined;
  readonly #files: OwnedFiles<File, Token> | undefined;

  /** @internal The module makes it. */
  constructor(
    configuration: Configuration,
    rows?: EntityRows<File, Token>,
    files = rows && new OwnedFiles(rows, configuration),
  ) {
    this.#configuration = configuration;
    this.#rows = rows;
    this.#files = files;
  }

  /**
   * The chunked cipher alone: plaintext in, a FLOE message out.
   *
   * @param options - `aad` binds the message; `chunkSize` is the module's when
   * absent.
   * @throws RangeError if `chunkSize` is out of bounds.
   */
  createEncryptStream(key: SecretKey, options: BeginOptions = {}): Duplex {
    const { chunkSize } = this.#configuration;
    return createEncryptStream(key, { chunkSize, ...options });
  }

  /**
   * A FLOE message in, its plaintext out, each segment after it has verified.
   * The stream fails with an IntegrityError, or the message was whole.
   */
  createDecryptStream(key: SecretKey, options: OpenOptions = {}): Duplex {
    return createDecryptStream(key, options);
  }

  /**
   * Encrypts a source into the store as its bytes arrive. The upload belongs to
   * nobody until it is saved or attached; whoever does neither discards it. It
   * waits for the source without a limit: `idleTimeout` is for the interceptors.
   *
   * @param source - any readable: a request, a queue's message, a file. One that
   * its parser has marked as `truncated` when it ends is refused.
   * @param facts - the client's name and declared type.
   * @throws UploadError `NAME_TOO_LONG`, `UPLOAD_TOO_LARGE`; StoreError; else what
   * the source throws.
   */
  encryptUpload(
    source: AsyncIterable<Uint8Array>,
    facts: Pick<UploadFacts, 'name' | 'type'>,
  ): Promise<EncryptedUpload> {
    const { store, chunkSize } = this.#configuration;
    const place = { store, chunkSize, hasRow: this.hasRow };
    return storeUpload(source, facts, place, () => refuseCut(source));
  }

  /**
   * Writes the row of an upload, and makes the owner's token if there is none.
   * If it fails the upload is discarded. Opens no transaction; with `manager` it
   * takes part in the application's.
   *
   * @returns the application's row.
   * @throws UploadError `UPLOAD_MISSING` if there is no upload.
   * @throws OwnerError if the owner is none, or is erased meanwhile.
   */
  async save(
    upload: EncryptedUpload | undefined,
    owner: Owner,
    options?: SaveOptions<File>,
  ): Promise<File> {
    const saver = new UploadSaver(this.#entities(), this.#configuration);
    return saver.save(upload, owner, options);
  }

  /**
   * Looks up a file of the owner's. Nothing of its content is read. With the
   * option `flask` it may be an old file, or be imported first.
   *
   * @throws FileNotFoundError if the owner has no such file.
   */
  async find(filename: string, owner: Owner): Promise<EncryptedFile<File>> {
    return this.#owned().find(filename, owner);
  }

  /**
   * The owner's files, newest first; all of them when `page` is absent. Old files
   * that were not imported are not among them.
   */
  async list(owner: Owner, page?: Page): Promise<EncryptedFile<File>[]> {
    return this.#owned().list(owner, page);
  }

  /**
   * Deletes a file's links and its row, which shreds it, then its container. An
   * old file that was not imported is removed in the old application.
   *
   * @throws FileNotFoundError if the owner has no such file.
   * @throws StoreError if the container could not be removed; the row is gone.
   */
  async remove(filename: string, owner: Owner): Promise<void> {
    const rows = this.#entities();
    const row = await rows.files.get(rows.owner(owner), filename);
    await removeFile(row, rows, this.#configuration.store);
  }

  /**
   * Shreds an owner: deletes the token first, then all rows, then the
   * containers. May be repeated until it succeeds.
   *
   * @returns how many of each were deleted.
   * @throws StoreError if containers could not be removed; their rows are gone.
   */
  async erase(owner: Owner): Promise<Erased> {
    const rows = this.#entities();
    return eraseOwner(rows, rows.owner(owner), this.#configuration.store);
  }

  /** The value of a new token: a new owner key under the primary global key. */
  async createToken(owner: Owner): Promise<TokenValue> {
    const { value } = await this.#configuration.keys.createToken(
      this.#canonical(owner),
    );
    return { value };
  }

  /**
   * The columns of an upload's row, which the application inserts itself. An
   * upload is attached once.
   *
   * Insert the row within the handler, and wait for the insert or its whole
   * transaction: the container of an upload whose handler has failed is removed,
   * unless its row is committed by then, or the answer to a statement was lost.
   * That shows in the driver's error, as it is or as the `cause` of what the
   * handler throws.
   *
   * @throws UploadError `UPLOAD_SPENT` if it was saved, attached or discarded.
   */
  async attach(
    upload: EncryptedUpload,
    token: TokenValue,
    owner: Owner,
  ): Promise<FileColumns> {
    const ownerKey = await this.#ownerKey(token, owner);
    requireOwn(upload, this.#configuration.store);
    upload.claim();
    return upload.columns(ownerKey);
  }

  /** Name, type and size of a file, and the type that its first bytes show. */
  async describe(
    file: FileColumns,
    token: TokenValue,
    owner: Owner,
  ): Promise<FileInformation> {
    return describeRow(file, await this.#ownerKey(token, owner)).information;
  }

  /** The same as {@link find}, for a row that the application has looked up. */
  async open<Row extends BaseFileEntity = File>(
    file: Row,
    token: TokenValue,
    owner: Owner,
  ): Promise<EncryptedFile<Row>> {
    const ownerKey = await this.#ownerKey(token, owner);
    return openRow(file, ownerKey, this.#configuration);
  }

  /**
   * Wraps a token's owner key under the primary global key; contents stay as they
   * are. With entities the row is updated, unless it was changed or erased
   * meanwhile.
   *
   * @param token - its row; without entities, its value.
   * @returns the new value; undefined if nothing was to be done.
   */
  async rewrap(
    token: TokenValue & Partial<Pick<Token, 'id'>>,
    owner: Owner,
  ): Promise<string | undefined> {
    const { keys } = this.#configuration;
    const value = await keys.rewrapToken(token.value, this.#canonical(owner));
    if (value === undefined || !this.#rows) return value;
    if (token.id === undefined) {
      throw new ConfigurationError(
        'rewrap updates the row of the token: give it the entity, with its id.',
      );
    }
    const { tokens } = this.#rows;
    const replaced = await tokens.replaceValue(token.id, token.value, value);
    return replaced ? value : undefined;
  }

  /**
   * Decrypts and verifies a file into a private temporary file with a path.
   *
   * @returns the file; the caller disposes of it, or returns it from a handler
   * behind the `DownloadInterceptor`.
   * @throws StoreError `TEMPORARY_SPACE` where `tmpMaxBytes` leaves no room for it
   * in half a minute, or too many wait; `TEMPORARY_LIMIT` where it is less than
   * the file.
   * @throws the reason of the option `signal`, which ends waiting and writing.
   */
  async decryptFile(
    file: BaseFileEntity,
    token: TokenValue,
    owner: Owner,
    options?: DecryptOptions,
  ): Promise<DecryptedFile> {
    return (await this.open(file, token, owner)).decrypt(options);
  }

  /** Reads and verifies all of a file, and releases nothing. */
  async verify(
    file: BaseFileEntity,
    token: TokenValue,
    owner: Owner,
  ): Promise<void> {
    await (await this.open(file, token, owner)).verify();
  }

  /**
   * Whether a committed row has a filename; undefined where nobody can tell.
   *
   * @internal
   */
  readonly hasRow = async (filename: string): Promise<boolean | undefined> =>
    this.#rows && (await this.#rows.files.findByFilename(filename)) !== null;

  #ownerKey(token: TokenValue, owner: Owner): Promise<SecretKey> {
    const { keys } = this.#configuration;
    return keys.openToken(token.value, this.#canonical(owner));
  }

  #canonical(owner: Owner): string {
    return this.#rows?.owner(owner).canonical ?? canonicalOwnerOf(owner);
  }

  #entities(): EntityRows<File, Token> {
    if (!this.#rows) throw noEntities();
    return this.#rows;
  }

  #owned(): OwnedFiles<File, Token> {
    if (!this.#files) throw noEntities();
    return this.#files;
  }
}

function noEntities(): ConfigurationError {
  return new ConfigurationError(
    'save, find, list, remove and erase need the option entities: give the module your classes, { file, token }.',
  );
}
