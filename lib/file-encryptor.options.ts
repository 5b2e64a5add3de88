import type { SecretKey } from './core/secret-key.js';
import { ConfigurationError } from './core/errors.js';
import type { KeyProvider } from './core/keys/key-provider.js';
import type { Passphrase } from './core/keys/passphrase.js';
import type { ObjectStore } from './core/store/object-store.js';
import type { Delivery } from './download/delivery.js';
import type { EntityClasses } from './entities/entity-classes.js';
import type { FlaskFallbackOptions } from './flask/flask-fallback-options.js';
import type { UploadLimits } from './upload/upload-options.js';

/**
 * One global key: 64 hexadecimal digits, or base64 or base64url of 32 bytes; the
 * bytes; or a key.
 */
export type GlobalKey = string | Uint8Array | SecretKey;

/** What `FileEncryptorModule.forRoot` needs, and a factory returns. */
export interface FileEncryptorOptions {
  /**
   * A key, a list of keys (the primary first, earlier ones behind it), a
   * passphrase with its salt, or who wraps keys in the place of all of them.
   */
  readonly globalKey:
    GlobalKey | readonly GlobalKey[] | Passphrase | KeyProvider;
  /** Folder of the containers; `data/uploads` under the working directory. */
  readonly dataDir?: string;
  /** Folder of temporary files; the system's own when absent. */
  readonly tmpDir?: string;
  /**
   * Bytes that the temporary files of this configuration and process hold at
   * once, at most, from 0 on; 1 GiB. A download for which there is no room leaves
   * as with the delivery `verify`; `decrypt()` and `decryptFile()` wait for half a
   * minute (`TEMPORARY_SPACE`), and fail at once where the file is larger than all
   * of it (`TEMPORARY_LIMIT`).
   */
  readonly tmpMaxBytes?: number;
  /** Plaintext bytes of a segment in new files, 16 to 16 MiB; 64 KiB. */
  readonly chunkSize?: number;
  /** Where containers are kept; a DiskStore in `dataDir` when absent. */
  readonly store?: ObjectStore;
  /** How a file leaves where nothing else is said; `temp-file`. */
  readonly delivery?: Delivery;
  /** Multer's limits, for every upload. */
  readonly limits?: UploadLimits;
  /**
   * Seconds for which a download by a link can be resumed, 1 to 86,400, from the
   * end of its last answer; 900.
   */
  readonly linkLease?: number;
  /**
   * Seconds for which the client of a form or a download may stand still, 1 to
   * 86,400; 60, as nginx has it for `client_body_timeout` and `send_timeout`. A
   * form is answered with `UPLOAD_IDLE`, 408, then; a download is broken off. The
   * time that store and verification need does not count, and `encryptUpload`
   * waits without a limit.
   */
  readonly idleTimeout?: number;
}

/** What is needed before the options are: they decide what can be injected. */
export interface FileEncryptorExtras {
  /** The application's own entities, for the calls that read or write rows. */
  readonly entities?: EntityClasses;
  /** Tells several configurations apart; see `InjectEncryption`. */
  readonly name?: string;
  /** Name of the TypeORM data source; the default one when absent. */
  readonly dataSource?: string;
  /**
   * Where `find` looks for what it has not found, while an application with
   * Flask-Encryptor is moved to this one.
   */
  readonly flask?: FlaskFallbackOptions;
  /** Whether the whole application can inject the service; true. */
  readonly isGlobal?: boolean;
}

/** A class that makes the options, for `forRootAsync`. */
export interface FileEncryptorOptionsFactory {
  createFileEncryptorOptions():
    FileEncryptorOptions | Promise<FileEncryptorOptions>;
}

/**
 * The options that the environment holds. An empty variable counts as one that
 * is not set.
 *
 * - `FILE_ENCRYPTOR_GLOBAL_KEY`: a key, or several with commas between them, the
 *   primary first
 * - `FILE_ENCRYPTOR_DATA_DIR`, `FILE_ENCRYPTOR_TMP_DIR`: folders
 * - `FILE_ENCRYPTOR_CHUNK_SIZE`, `FILE_ENCRYPTOR_TMP_MAX_BYTES`: bytes
 *
 * @throws {@link ConfigurationError} if the bytes are no number. All else is
 * checked by the module when it starts.
 */
export function optionsFromEnv(
  env: Readonly<Record<string, string | undefined>> = process.env,
): FileEncryptorOptions {
  const read = (name: string) => env[name]?.trim() || undefined;
  const dataDir = read('FILE_ENCRYPTOR_DATA_DIR');
  const tmpDir = read('FILE_ENCRYPTOR_TMP_DIR');
  const readBytes = (name: string) => parseBytes(name, read(name));
  const chunkSize = readBytes('FILE_ENCRYPTOR_CHUNK_SIZE');
  const tmpMaxBytes = readBytes('FILE_ENCRYPTOR_TMP_MAX_BYTES');
  return {
    globalKey: (read('FILE_ENCRYPTOR_GLOBAL_KEY') ?? '').split(','),
    ...(dataDir !== undefined && { dataDir }),
    ...(tmpDir !== undefined && { tmpDir }),
    ...(tmpMaxBytes !== undefined && { tmpMaxBytes }),
    ...(chunkSize !== undefined && { chunkSize }),
  };
}

function parseBytes(
  name: string,
  text: string | undefined,
): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) {
    throw new ConfigurationError(
      `${name} must be a number of bytes in decimal digits, such as 65536.`,
    );
  }
  return Number(text);
}
