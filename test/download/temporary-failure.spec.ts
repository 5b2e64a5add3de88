import { describe, expect, it } from 'vitest';
import { ConfigurationError, StoreError } from '../../lib/core/errors.js';
import {
  baseFailure,
  temporaryFailure,
} from '../../lib/download/temporary-failure.js';

const SECRET_PATH = '/srv/hidden/place';

function systemError(code: string): Error {
  const text = `${code}: refused, open '${SECRET_PATH}'`;
  return Object.assign(new Error(text), { code, path: SECRET_PATH });
}

describe('a failure with a temporary file', () => {
  it.each([
    ['ENOSPC', 'STORE_FULL', 507],
    ['EDQUOT', 'STORE_FULL', 507],
    ['EMFILE', 'STORE', 500],
    ['EIO', 'STORE', 500],
    ['EOTHER', 'STORE', 500],
  ])('%s is a StoreError of code %s', (errno, code, status) => {
    const cause = systemError(errno);
    const failure = temporaryFailure('write', cause);
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure).toMatchObject({ code, status, cause });
    expect(failure.message).toContain(errno);
    expect(failure.message).not.toContain(SECRET_PATH);
  });

  it('of our own stays what it is', () => {
    const own = new StoreError('It is closed.');
    expect(temporaryFailure('read', own)).toBe(own);
    expect(baseFailure(own)).toBe(own);
  });

  it.each(['EACCES', 'EROFS', 'ENOTDIR', 'ELOOP'])(
    'that makes the whole folder unusable is a ConfigurationError: %s',
    (errno) => {
      const failure = baseFailure(systemError(errno));
      expect(failure).toBeInstanceOf(ConfigurationError);
      expect(failure.message).toContain(errno);
      expect(failure.message).not.toContain(SECRET_PATH);
    },
  );

  it('that may pass is none, even at the start', () => {
    expect(baseFailure(systemError('ENOSPC'))).toMatchObject({
      code: 'STORE_FULL',
    });
  });
});
