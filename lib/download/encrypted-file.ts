import type { Readable } from 'node:stream';
import { ConfigurationError } from '../core/errors.js';
import type { ByteRange } from '../core/floe/geometry.js';
import type { FileInformation } from '../core/keys/file-information.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { Admission } from './admission.js';
import type { Content } from './content.js';
import { DecryptedFile } from './decrypted-file.js';
import type {
  Delivery,
  Disposition,
  DownloadOptionValues,
} from './delivery.js';
import type { TemporaryFolder } from './temporary-folder.js';

/** What an {@link EncryptedFile} is made from. */
export interface EncryptedFileParts<File extends BaseFileEntity> {
  readonly row: File;
  readonly information: FileInformation;
  readonly content: Content;
  readonly temporary: TemporaryFolder;
  /** The configuration's delivery. */
  readonly delivery: Delivery;
  /** Seconds for which a client may take nothing of it. */
  readonly idleTimeout: number;
  /** What has to agree before the content leaves; nothing when absent. */
  readonly admission?: Admission;
}

/** How a file is decrypted. */
export interface DecryptOptions {
  /** Ends the waiting for room and the writing; it rejects with the reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A file's description, as JSON shows it. */
export interface FileDescription extends Omit<FileInformation, 'detected'> {
  readonly filename: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Only of a file whose content nobody can vouch for. */
  readonly authenticated?: false;
}

/**
 * A stored file that has been looked up, and nothing of whose content has been
 * read yet. Returned from a handler behind the `DownloadInterceptor` it becomes
 * a download; as JSON it is its description.
 */
export class EncryptedFile<File extends BaseFileEntity = BaseFileEntity> {
  /** The random name in the store. */
  readonly filename: string;
  /** The client's name for it. */
  readonly name: string;
  /** The declared media type; a claim of the client. */
  readonly type: string;
  /** Plaintext bytes. */
  readonly size: number;
  readonly createdAt: Date;
  /**
   * Whether name and content are known to be what was stored. False only for an
   * old file that the option `flask` has found.
   */
  readonly authenticated: boolean;
  readonly #parts: EncryptedFileParts<File>;
  readonly #options: DownloadOptionValues;

  /** @internal */
  constructor(
    parts: EncryptedFileParts<File>,
    options: DownloadOptionValues = {},
  ) {
    const { row, information } = parts;
    this.filename = row.filename;
    this.name = information.name;
    this.type = information.type;
    this.size = information.size;
    this.createdAt = new Date(row.createdAt);
    this.authenticated = parts.content.authenticated;
    this.#parts = parts;
    this.#options = options;
  }

  /**
   * The application's row; of a file that is not authenticated one in memory
   * alone, without an `id`.
   */
  get row(): File {
    return this.#parts.row;
  }

  /** The media type that the first bytes show. @internal */
  get detected(): string | undefined {
    return this.#parts.information.detected;
  }

  /** The configuration's delivery. @internal */
  get defaultDelivery(): Delivery {
    return this.#parts.delivery;
  }

  /** Seconds for which a client may take nothing of it. @internal */
  get idleTimeout(): number {
    return this.#parts.idleTimeout;
  }

  /** What `as` has set. @internal */
  get delivery(): Delivery | undefined {
    return this.#options.delivery;
  }

  /** What `as` has set. @internal */
  get disposition(): Disposition | undefined {
    return this.#options.disposition;
  }

  /** What has to agree before the content leaves. @internal */
  get admission(): Admission | undefined {
    return this.#parts.admission;
  }

  /** For the interceptor, which asks the admission. @internal */
  get content(): Content {
    return this.#parts.content;
  }

  /** @internal */
  get temporary(): TemporaryFolder {
    return this.#parts.temporary;
  }

  /** The same file, to leave in another way than route and module say. */
  as(options: DownloadOptionValues): EncryptedFile<File> {
    return new EncryptedFile(this.#parts, { ...this.#options, ...options });
  }

  /**
   * The plaintext, or a range of it, as it is decrypted: each segment verified
   * before its bytes come out. Damage destroys the stream with an
   * IntegrityError, so what has come until then is not the whole file: use it
   * only when the stream has ended. Nothing is opened before the first read.
   *
   * @throws RangeError, from the stream, if the range is not within the file.
   */
  createReadStream(range?: ByteRange): Readable {
    return this.#freeContent().stream({ range });
  }

  /**
   * Decrypts and verifies all of it into a private temporary file with a path.
   * Where the option `tmpMaxBytes` leaves no room for it, it waits for its turn,
   * for 30 seconds at most; 64 may wait.
   *
   * @returns the file; the caller disposes of it, which makes room for others.
   * @throws StoreError `TEMPORARY_SPACE` if there was no room in time, or at once
   * if too many wait; `TEMPORARY_LIMIT` if the file is larger than `tmpMaxBytes`.
   * @throws the reason of `signal`.
   */
  async decrypt({ signal }: DecryptOptions = {}): Promise<DecryptedFile> {
    const content = this.#freeContent();
    const file = await this.temporary.createNamed(this.name, this.size, {
      signal,
    });
    try {
      await content.writeTo((batch) => file.write(batch), { signal });
      return new DecryptedFile(file, this);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Reads and verifies all of it, and releases nothing. */
  async verify(): Promise<void> {
    await this.content.verify();
  }

  /** The content of a file that nothing has to be asked for. */
  #freeContent(): Content {
    if (this.admission) {
      throw new ConfigurationError(
        'The file of a link leaves through the DownloadInterceptor only, which counts it: return it from the handler.',
      );
    }
    return this.content;
  }

  toJSON(): FileDescription {
    const { filename, name, type, size, authenticated } = this;
    return {
      filename,
      name,
      type,
      size,
      createdAt: this.createdAt.toISOString(),
      ...(!authenticated && { authenticated }),
    };
  }
}
