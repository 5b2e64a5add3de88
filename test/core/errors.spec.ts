import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  type ErrorCode,
  FileEncryptorError,
  FileNotFoundError,
  FormatError,
  IntegrityError,
  KeyNotFoundError,
  KeyProviderError,
  LinkError,
  ObjectNotFoundError,
  OwnerError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  StoreError,
  UploadError,
  WrongKeyError,
} from '../../lib/core/errors.js';

/** Applications and clients rely on these: a line may be added, never changed. */
const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
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
};

const CODES = Object.keys(STATUS_OF) as ErrorCode[];

/** One of each class, by its name, with the code that it must have. */
const TREE: readonly [string, ErrorCode, FileEncryptorError][] = [
  ['ConfigurationError', 'CONFIGURATION', new ConfigurationError('m')],
  ['OwnerError', 'OWNER_INVALID', new OwnerError('m')],
  ['OwnerError', 'OWNER_ERASED', new OwnerError('m', { code: 'OWNER_ERASED' })],
  ['UploadError', 'UPLOAD_MISSING', new UploadError('UPLOAD_MISSING', 'm')],
  ['UploadError', 'NAME_TOO_LONG', new UploadError('NAME_TOO_LONG', 'm')],
  ['IntegrityError', 'INTEGRITY', new IntegrityError('m')],
  ['FormatError', 'FORMAT', new FormatError('m')],
  ['KeyNotFoundError', 'KEY_NOT_FOUND', new KeyNotFoundError('m')],
  ['WrongKeyError', 'WRONG_KEY', new WrongKeyError('m')],
  ['KeyProviderError', 'KEY_PROVIDER', new KeyProviderError('m')],
  ['FileNotFoundError', 'FILE_NOT_FOUND', new FileNotFoundError('m')],
  ['ObjectNotFoundError', 'OBJECT_NOT_FOUND', new ObjectNotFoundError('m')],
  ['StoreError', 'STORE', new StoreError('m')],
  ['StoreError', 'STORE_FULL', new StoreError('m', { code: 'STORE_FULL' })],
  [
    'PreconditionFailedError',
    'PRECONDITION_FAILED',
    new PreconditionFailedError('m'),
  ],
  [
    'RangeNotSatisfiableError',
    'RANGE_NOT_SATISFIABLE',
    new RangeNotSatisfiableError('m'),
  ],
  ['LinkError', 'LINK_SPENT', new LinkError('LINK_SPENT', 'm')],
];

describe('an error of this package', () => {
  it.each(CODES)('of code %s has the status that it always had', (code) => {
    const error = new FileEncryptorError(code, 'm');
    expect(error.code).toBe(code);
    expect(error.status).toBe(STATUS_OF[code]);
    expect(error.statusCode).toBe(STATUS_OF[code]);
    expect(error.expose).toBe(STATUS_OF[code] < 500);
  });

  it.each(TREE)('of class %s has the code %s', (name, code, error) => {
    expect(error.name).toBe(name);
    expect(error.code).toBe(code);
    expect(error.message).toBe('m');
    expect(String(error)).toBe(`${name}: m`);
    expect(error.stack).toContain(name);
    expect(error).toBeInstanceOf(FileEncryptorError);
    expect(error).toBeInstanceOf(Error);
    expect(error.constructor.name).toBe(name);
  });

  it('is of one class only, but for a FormatError, which is an IntegrityError', () => {
    const classes = [...new Set(TREE.map(([, , error]) => error.constructor))];
    for (const [name, , error] of TREE) {
      const own = classes.filter((one) => error instanceof (one as never));
      const names = own.map((one) => one.name);
      expect(names).toEqual(
        name === 'FormatError' ? ['IntegrityError', name] : [name],
      );
    }
  });

  it('keeps its cause, and has none by itself', () => {
    const cause = new Error('disk');
    const errors: readonly FileEncryptorError[] = [
      new FileEncryptorError('STORE', 'm', { cause }),
      new ConfigurationError('m', { cause }),
      new OwnerError('m', { cause }),
      new OwnerError('m', { code: 'OWNER_ERASED', cause }),
      new UploadError('UPLOAD_ABORTED', 'm', { cause }),
      new IntegrityError('m', { cause }),
      new FormatError('m', { cause }),
      new KeyNotFoundError('m', { cause }),
      new WrongKeyError('m', { cause }),
      new KeyProviderError('m', { cause }),
      new FileNotFoundError('m', { cause }),
      new ObjectNotFoundError('m', { cause }),
      new StoreError('m', { cause }),
      new StoreError('m', { code: 'STORE_FULL', cause }),
      new PreconditionFailedError('m', { cause }),
      new RangeNotSatisfiableError('m', { cause }),
      new LinkError('LINK_SPENT', 'm', { cause }),
    ];
    expect(errors.filter((error) => error.cause !== cause)).toEqual([]);
    expect(TREE.filter(([, , error]) => 'cause' in error)).toEqual([]);
  });

  it('keeps its name in a class that an application derives', () => {
    class QuotaError extends UploadError {}
    const error = new QuotaError('UPLOAD_TOO_LARGE', 'm');
    expect(error.name).toBe('QuotaError');
    expect(error.status).toBe(413);
  });

  it('shows neither cause nor stack as JSON', () => {
    const error = new StoreError('m', { cause: new Error('a path') });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'STORE',
      name: 'StoreError',
    });
  });
});
