import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  IntegrityError,
  ObjectNotFoundError,
  StoreError,
} from '../../../lib/core/errors.js';
import {
  errnoName,
  storeFailure,
  type StoreOperation,
} from '../../../lib/core/store/store-failure.js';
import { systemError } from './faulty-file-system.js';

const OPERATIONS: StoreOperation[] = [
  'open',
  'create',
  'write',
  'commit',
  'abort',
  'read',
  'remove',
  'list',
];
const ERRNOS = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EMFILE',
  'ENFILE',
  'EIO',
  'ENOENT',
  'EEXIST',
  'EISDIR',
  'ELOOP',
  'ENOTDIR',
  'ENXIO',
  'ESTALE',
] as const;

describe('storeFailure', () => {
  it.each(OPERATIONS)('keeps the cause and shows no path (%s)', (operation) => {
    for (const errno of ERRNOS) {
      const cause = systemError(errno);
      const failure = storeFailure(operation, cause);
      expect(failure.cause).toBe(cause);
      expect(failure.message).not.toMatch(/secret|\//);
    }
  });

  it.each(['ENOSPC', 'EDQUOT'] as const)(
    'tells a full store by %s',
    (errno) => {
      for (const operation of OPERATIONS) {
        const failure = storeFailure(operation, systemError(errno));
        expect(failure).toBeInstanceOf(StoreError);
        expect(failure.code).toBe('STORE_FULL');
      }
    },
  );

  it('tells a missing object while one is read, and only then', () => {
    for (const operation of OPERATIONS) {
      const failure = storeFailure(operation, systemError('ENOENT'));
      const missing = failure instanceof ObjectNotFoundError;
      expect(missing).toBe(operation === 'read');
    }
  });

  it('tells a taken key while an object is begun or completed, and only then', () => {
    for (const operation of OPERATIONS) {
      const { code } = storeFailure(operation, systemError('EEXIST'));
      const begun = operation === 'create' || operation === 'commit';
      expect(code).toBe(begun ? 'OBJECT_EXISTS' : 'STORE');
    }
  });

  it('names the errno and what can be done', () => {
    const failure = storeFailure('write', systemError('EMFILE'));
    expect(failure.message).toBe(
      'The store could not write to an object (EMFILE). Raise the limit of open files.',
    );
  });

  it('gives an error of ours back as it is', () => {
    const ours = new IntegrityError('of ours');
    expect(storeFailure('read', ours)).toBe(ours);
  });

  it('takes whatever was thrown', () => {
    for (const cause of [undefined, null, 'text', 7, {}, new Error('plain')]) {
      const failure = storeFailure('list', cause);
      expect(failure.code).toBe('STORE');
      expect(failure.cause).toBe(cause);
    }
  });
});

describe('errnoName', () => {
  it('finds the name of an errno that the runtime has none for', () => {
    const code = 'Unknown system error -122';
    const error = Object.assign(new Error(code), { code, errno: -122 });
    expect(errnoName(error)).toBe('EDQUOT');
  });

  it('shows the number of an errno that nobody has a name for', () => {
    const code = 'Unknown system error -9999';
    const error = Object.assign(new Error(code), { code, errno: -9999 });
    expect(errnoName(error)).toBe('errno 9999');
  });

  // D-34: as in Jest, which gives each test a realm of its own.
  it('knows an error of another realm', () => {
    const error: unknown = runInNewContext(
      "Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })",
    );
    expect(error).not.toBeInstanceOf(Error);
    expect(errnoName(error)).toBe('ENOENT');
  });

  it.each([undefined, null, 'ENOENT', { code: 'ENOENT' }])(
    'knows none of what is no error: %o',
    (value) => {
      expect(errnoName(value)).toBe('unknown');
    },
  );
});
