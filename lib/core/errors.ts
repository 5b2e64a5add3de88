/**
 * What went wrong, in one stable word. Codes are part of the public interface:
 * a later version adds codes, and never renames one.
 */
export type ErrorCode = keyof typeof STATUS;

/** The one map from a code to an HTTP status. */
const STATUS = {
  CONFIGURATION: 500,
  OWNER_INVALID: 400,
  OWNER_ERASED: 409,
  UPLOAD_INVALID: 400,
  UPLOAD_MISSING: 400,
  UPLOAD_ABORTED: 400,
  UPLOAD_IDLE: 408,
  UPLOAD_SPENT: 500,
  UPLOAD_TOO_LARGE: 413,
  UPLOAD_TOO_MANY: 400,
  UPLOAD_UNSUPPORTED: 415,
  NAME_TOO_LONG: 400,
  INTEGRITY: 500,
  FORMAT: 500,
  KEY_NOT_FOUND: 500,
  WRONG_KEY: 500,
  KEY_PROVIDER: 500,
  FILE_NOT_FOUND: 404,
  OBJECT_NOT_FOUND: 500,
  OBJECT_EXISTS: 500,
  STORE: 500,
  STORE_FULL: 507,
  TEMPORARY_SPACE: 503,
  TEMPORARY_LIMIT: 507,
  SWEEP_UNKNOWN_STORE: 500,
  SWEEP_TOO_MANY: 500,
  PRECONDITION_FAILED: 412,
  RANGE_NOT_SATISFIABLE: 416,
  LINK_OPTIONS: 400,
  LINK_INVALID: 404,
  LINK_EXPIRED: 410,
  LINK_SPENT: 410,
  LINK_LEASE: 410,
  LINK_NOT_YET: 403,
  LINK_PASSWORD: 403,
  LINK_LOCKED: 429,
  LINK_BUSY: 409,
} as const;

/**
 * The root of everything that this package throws on purpose.
 *
 * `message` is written for the operator: what was expected, what was met, what
 * to do. It never holds a key, a real name, content or a host path. `status`,
 * `statusCode` and `expose` are what Nest, Express and http-errors look at.
 */
export class FileEncryptorError extends Error {
  readonly code: ErrorCode;
  /**
   * Seconds after which it makes sense to try again, an integer from 1 on;
   * undefined where time alone changes nothing, or nobody knows.
   */
  declare readonly retryAfter?: number;

  constructor(code: ErrorCode, message: string, options: FailureOptions = {}) {
    const { retryAfter, ...rest } = options;
    super(message, rest);
    this.name = new.target.name;
    this.code = code;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }

  /** HTTP status of this code; integer from 400 to 599. */
  get status(): number {
    return STATUS[this.code];
  }

  /** The same as `status`, under the name that http-errors uses. */
  get statusCode(): number {
    return this.status;
  }

  /** Whether a client may see the message: true below 500. */
  get expose(): boolean {
    return this.status < 500;
  }
}

/** What an error is given beside its message. */
interface FailureOptions extends ErrorOptions {
  readonly retryAfter?: number;
}

/** An option, a key or an entity is not usable. The start fails. */
export class ConfigurationError extends FileEncryptorError {
  constructor(message: string, options?: ErrorOptions) {
    super('CONFIGURATION', message, options);
  }
}

/** The owner of a call is missing, malformed, unknown or erased. */
export class OwnerError extends FileEncryptorError {
  constructor(
    message: string,
    {
      code = 'OWNER_INVALID',
      ...options
    }: ErrorOptions & { code?: 'OWNER_INVALID' | 'OWNER_ERASED' } = {},
  ) {
    super(code, message, options);
  }
}

/** An upload was refused, cut off, or used after it had been discarded. */
export class UploadError extends FileEncryptorError {
  declare readonly code: UploadErrorCode;

  constructor(code: UploadErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** The codes of {@link UploadError}. */
export type UploadErrorCode = Extract<
  ErrorCode,
  `UPLOAD_${string}` | 'NAME_TOO_LONG'
>;

/**
 * Stored bytes are not what was stored: damaged, cut, exchanged, or moved from
 * another row. Nothing of them has been released.
 */
export class IntegrityError extends FileEncryptorError {
  constructor(message: string, options?: ErrorOptions);
  /** @internal */
  constructor(message: string, options: ErrorOptions, code: 'FORMAT');
  constructor(
    message: string,
    options?: ErrorOptions,
    code: 'INTEGRITY' | 'FORMAT' = 'INTEGRITY',
  ) {
    super(code, message, options);
  }
}

/** Stored bytes do not have the shape that the format demands. */
export class FormatError extends IntegrityError {
  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options, 'FORMAT');
  }
}

/** A key id is not in the keyring: a key was removed too early, or never set. */
export class KeyNotFoundError extends FileEncryptorError {
  constructor(message: string, options?: ErrorOptions) {
    super('KEY_NOT_FOUND', message, options);
  }
}

/** A row's data key was wrapped under another owner key than the one given. */
export class WrongKeyError extends FileEncryptorError {
  constructor(message: string, options?: ErrorOptions) {
    super('WRONG_KEY', message, options);
  }
}

/** A key provider could not do its work, or gave back what is no key. */
export class KeyProviderError extends FileEncryptorError {
  constructor(message: string, options?: ErrorOptions) {
    super('KEY_PROVIDER', message, options);
  }
}

/** The owner has no file of that filename. */
export class FileNotFoundError extends FileEncryptorError {
  constructor(message: string, options?: ErrorOptions) {
    super('FILE_NOT_FOUND', message, options);
  }
}

/** A row names a container that the store does not have. */
export class ObjectNotFoundError extends FileEncryptorError {
  constructor(message: string, options?: ErrorOptions) {
    super('OBJECT_NOT_FOUND', message, options);
  }
}

/** The store, or the folder for temporary files, could not do its work. */
export class StoreError extends FileEncryptorError {
  constructor(
    message: string,
    {
      code = 'STORE',
      ...options
    }: FailureOptions & {
      code?: StoreErrorCode;
    } = {},
  ) {
    super(code, message, options);
  }
}

/** The codes of {@link StoreError}. */
type StoreErrorCode = Extract<
  ErrorCode,
  | 'STORE'
  | 'OBJECT_EXISTS'
  | `TEMPORARY_${string}`
  | `STORE_${string}`
  | `SWEEP_${string}`
>;

/** A condition of the request does not hold for the file: nothing was read. */
export class PreconditionFailedError extends FileEncryptorError {
  constructor(message: string, options?: ErrorOptions) {
    super('PRECONDITION_FAILED', message, options);
  }
}

/** No byte of the file is in the range that was asked for. */
export class RangeNotSatisfiableError extends FileEncryptorError {
  constructor(message: string, options?: ErrorOptions) {
    super('RANGE_NOT_SATISFIABLE', message, options);
  }
}

/** A download link was refused, or could not be made. */
export class LinkError extends FileEncryptorError {
  declare readonly code: LinkErrorCode;

  constructor(code: LinkErrorCode, message: string, options?: FailureOptions) {
    super(code, message, options);
  }
}

/** The codes of {@link LinkError}. */
export type LinkErrorCode = Extract<ErrorCode, `LINK_${string}`>;

/**
 * Tells in an error of ours which file it is about: by its random name, which
 * row and container have. What somebody has written in its place is shown
 * percent-encoded and cut, so that it is no line of a log by itself.
 */
export function nameFile(error: unknown, filename: string): unknown {
  // SQLite keeps bytes in a column of texts.
  const text = typeof filename === 'string' ? filename : 'bytes';
  const shown = text.slice(0, 64).toWellFormed();
  const about = `File ${encodeURIComponent(shown)}: `;
  if (error instanceof FileEncryptorError && !error.message.startsWith(about)) {
    error.message = about + error.message;
  }
  return error;
}
