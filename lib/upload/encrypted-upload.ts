import { ConfigurationError, UploadError } from '../core/errors.js';
import { wrapDataKey } from '../core/keys/key-chain.js';
import {
  type FileInformation,
  sealInformation,
} from '../core/keys/file-information.js';
import type { SecretKey } from '../core/secret-key.js';
import { copyObject } from '../core/store/new-object.js';
import { objectKey, type ObjectName } from '../core/store/object-key.js';
import type { ObjectStore } from '../core/store/object-store.js';
import type { FileColumns } from './file-columns.js';

/** What an {@link EncryptedUpload} is made from. */
export interface UploadParts {
  readonly store: ObjectStore;
  readonly dataKey: SecretKey;
  readonly object: ObjectName;
  readonly information: FileInformation;
  readonly fieldname: string;
  /** Whether it must keep its random name, since others know it already. */
  readonly keepsName?: boolean;
  /** Epoch milliseconds; of the moment in which its row is made when absent. */
  readonly createdAt?: number | undefined;
  /** Whether a committed row has the filename; undefined where nobody can tell. */
  readonly hasRow: (filename: string) => Promise<boolean | undefined>;
}

/**
 * `open`: it belongs to nobody; `claimed`: a row has it or will have it;
 * `discarding`: it belonged to nobody, and never will; `discarded`: the container
 * is gone.
 */
type State = 'open' | 'claimed' | 'discarding' | 'discarded';

/**
 * What is known of its row. None can have its key before columns were given out;
 * then the database has answered what has become of it, or its answer was lost.
 */
type RowState = 'none' | 'given' | 'settled' | 'lost';

/**
 * A file that is encrypted and stored, and belongs to nobody yet: its data key
 * is in this object alone until `save` or `attach` has wrapped it.
 */
export class EncryptedUpload {
  /** The client's name, cleaned for display. */
  readonly name: string;
  /** The declared media type. */
  readonly type: string;
  /** Plaintext bytes. */
  readonly size: number;
  /** The media type that the first bytes show. @internal */
  readonly detected: string | undefined;
  /** The form's field; empty outside a form. */
  readonly fieldname: string;
  /** Whether it cannot be renamed. @internal */
  readonly keepsName: boolean;
  readonly #createdAt: number | undefined;
  readonly #store: ObjectStore;
  readonly #dataKey: SecretKey;
  #object: ObjectName;
  readonly #hasRow: UploadParts['hasRow'];
  #state: State = 'open';
  #saving: Promise<unknown> | undefined;
  #row: RowState = 'none';
  /** Whether the transaction of its row may still be committed. */
  #isUndecided: () => boolean = () => false;

  constructor(parts: UploadParts) {
    const { name, type, size, detected } = parts.information;
    this.name = name;
    this.type = type;
    this.size = size;
    this.detected = detected;
    this.fieldname = parts.fieldname;
    this.keepsName = parts.keepsName ?? false;
    this.#createdAt = parts.createdAt;
    this.#store = parts.store;
    this.#dataKey = parts.dataKey;
    this.#object = parts.object;
    this.#hasRow = parts.hasRow;
  }

  /** The random name in the store. */
  get filename(): string {
    return this.#object.filename;
  }

  /** The name that multer and Nest's file validators use. */
  get originalname(): string {
    return this.name;
  }

  /**
   * The type, under the name that Nest's file validators use. The validator that
   * looks into the bytes has none to look into: give it
   * `skipMagicNumbersValidation`.
   */
  get mimetype(): string {
    return this.type;
  }

  /**
   * Marks it as one that a row is made for; it can have only one.
   *
   * @throws {@link UploadError} `UPLOAD_SPENT` if it has one already, or the
   * container is gone.
   * @internal
   */
  claim(): void {
    if (this.#state !== 'open') {
      throw new UploadError(
        'UPLOAD_SPENT',
        this.#state === 'claimed'
          ? 'The upload was saved or attached before: one upload makes one row.'
          : 'The upload was discarded: save it before its request is answered.',
      );
    }
    this.#state = 'claimed';
  }

  /** The columns of the file's row, the data key wrapped for its owner. @internal */
  columns(ownerKey: SecretKey): FileColumns {
    const { filename, path } = this.#object;
    this.#row = 'given';
    return {
      filename,
      path,
      key: wrapDataKey(ownerKey, this.#dataKey, filename),
      realname: sealInformation(this.#dataKey, this, filename),
      size: this.size,
      createdAt: this.#createdAt ?? Date.now(),
    };
  }

  /** What it takes to read the content back. @internal */
  get contentParts(): Pick<UploadParts, 'store' | 'object' | 'dataKey'> & {
    readonly size: number;
  } {
    return {
      store: this.#store,
      object: this.#object,
      dataKey: this.#dataKey,
      size: this.size,
    };
  }

  /** Gives the container another random name. @internal */
  async rename(): Promise<void> {
    const old = this.#object;
    this.#object = await copyObject(this.#store, old);
    await this.#store.remove(objectKey(old));
  }

  /** Makes `discard` wait for what makes the row. @internal */
  async during<T>(saving: Promise<T>): Promise<T> {
    this.#saving = saving.catch(() => undefined);
    return saving;
  }

  /**
   * Keeps the container from `discard` while the transaction of its row is open.
   *
   * @internal
   */
  keepWhile(isUndecided: () => boolean): void {
    this.#isUndecided = isUndecided;
  }

  /**
   * Tells that the database has answered what has become of its row: `none` if it
   * will never be there.
   *
   * @internal
   */
  settle(row: 'none' | 'settled'): void {
    this.#row = row;
  }

  /**
   * Keeps the container from `discard`, since the answer to a statement was lost
   * that may have written its row, or may do so later: the sweep finds what stays
   * for nothing. Not where it is settled otherwise.
   *
   * @internal
   */
  keepUnsettled(): void {
    if (this.#row === 'given') this.#row = 'lost';
  }

  /**
   * Removes the container, unless a committed row has its filename, or may come
   * to have it: as long as the transaction of its `save` is open, and where the
   * answer to the insert or to COMMIT was lost. Waits for a `save` that is under
   * way. May be called again, and at any time. Where no file entity is configured
   * nobody can ask for the row: an attached upload stays then.
   */
  async discard(): Promise<void> {
    if (this.#state === 'open') this.#state = 'discarding';
    await this.#saving;
    if (this.#state === 'discarded') return;
    if (await this.#mayHaveRow()) return;
    await this.#store.remove(objectKey(this.#object));
    this.#state = 'discarded';
  }

  async #mayHaveRow(): Promise<boolean> {
    // A name that others know may have a row of theirs.
    if (this.#row === 'none' && !this.keepsName) return false;
    // Before the question: what is decided then, its answer shows.
    if (this.#row === 'lost' || this.#isUndecided()) return true;
    return (await this.#hasRow(this.filename)) ?? this.#row !== 'none';
  }

  /** Removes the container if nobody has attached the upload to a row. @internal */
  async discardIfOpen(): Promise<void> {
    if (this.#state === 'open') await this.discard();
  }

  /** Whether its container lies in this store. @internal */
  isIn(store: ObjectStore): boolean {
    return this.#store === store;
  }

  toJSON(): FileInformation & { filename: string } {
    const { filename, name, type, size } = this;
    return { filename, name, type, size };
  }
}

/**
 * @throws {@link ConfigurationError} unless it is an upload of the configuration
 * whose store this is: its row would name a container that is elsewhere.
 */
export function requireOwn(upload: unknown, store: ObjectStore): void {
  if (!(upload instanceof EncryptedUpload)) {
    throw new ConfigurationError(
      'save and attach take one EncryptedUpload: bind one of the Encrypted…Interceptors to the route, and save several files one by one.',
    );
  }
  if (!upload.isIn(store)) {
    throw new ConfigurationError(
      'The upload lies in the store of another configuration: give the interceptor the name of the one that saves it.',
    );
  }
}
