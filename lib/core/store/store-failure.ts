import { constants } from 'node:os';
import { types } from 'node:util';
import {
  FileEncryptorError,
  ObjectNotFoundError,
  StoreError,
} from '../errors.js';

/** What the store was at when something failed. */
export type StoreOperation = keyof typeof TRIED;

const TRIED = {
  open: 'make its folder ready',
  create: 'begin an object',
  write: 'write to an object',
  commit: 'complete an object',
  abort: 'remove an unfinished object',
  read: 'read an object',
  remove: 'remove an object',
  list: 'list its objects',
} as const;

const FREE_SPACE = 'Free space, or raise the quota.';
const PERMIT =
  'The user of this process needs read, write and search permission on the folder of the store and all in it.';
const RAISE_LIMIT = 'Raise the limit of open files.';
const SPECIAL =
  'Something that the store has not made lies in its folder. Links and special files are never followed: find out who put it there, and remove it.';

/** What an operator can do, by errno. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: PERMIT,
  EPERM: PERMIT,
  EROFS: 'The file system is read-only: mount it for writing.',
  ENOSPC: FREE_SPACE,
  EDQUOT: FREE_SPACE,
  EFBIG: 'Raise the limit of file sizes.',
  EMFILE: RAISE_LIMIT,
  ENFILE: RAISE_LIMIT,
  EIO: 'Check the medium and the log of the system.',
  ENOENT:
    'Its folder, or something in it, is gone: check that the volume is mounted, and that nothing else cleans the folder.',
  EEXIST: SPECIAL,
  EISDIR: SPECIAL,
  ELOOP: SPECIAL,
  ENOTDIR: SPECIAL,
  ENXIO: SPECIAL,
};

/**
 * The one border at which an error of the system becomes one of ours.
 *
 * @param cause - becomes the `cause`, for the log: it may hold a path, the
 * message never does. An error of ours is given back as it is.
 * @returns an ObjectNotFoundError if a read met `ENOENT`; else a StoreError of
 * code `STORE_FULL` (`ENOSPC`, `EDQUOT`), `OBJECT_EXISTS` (`EEXIST` while an
 * object is begun or completed) or `STORE`.
 */
export function storeFailure(
  operation: StoreOperation,
  cause: unknown,
): FileEncryptorError {
  if (cause instanceof FileEncryptorError) return cause;
  const name = errnoName(cause);
  if (operation === 'read' && name === 'ENOENT') return objectNotFound(cause);
  if (name === 'EEXIST' && (operation === 'create' || operation === 'commit')) {
    return objectExists(cause);
  }
  const full = name === 'ENOSPC' || name === 'EDQUOT';
  const advice = ADVICE[name] ?? 'The cause has what the system said.';
  return new StoreError(
    `The store could not ${TRIED[operation]} (${name}). ${advice}`,
    { cause, code: full ? 'STORE_FULL' : 'STORE' },
  );
}

/** A link, a folder or a special file lies where the store keeps its own. */
export function neverFollowed(): StoreError {
  return new StoreError(SPECIAL);
}

/** The key names no object. */
export function objectNotFound(cause?: unknown): ObjectNotFoundError {
  return new ObjectNotFoundError(
    'The store has no object under this key. If a row names it, check that the volume of the store is mounted, then restore the object from a backup. Keep the row until then: it holds the only key.',
    { cause },
  );
}

/** The key names an object already, or one that is being written. */
export function objectExists(cause?: unknown): StoreError {
  return new StoreError(
    'The key is taken by an object, or by one that is being written; nothing was changed. Use another name.',
    { cause, code: 'OBJECT_EXISTS' },
  );
}

/**
 * The errno of an error of the system by name, such as `ENOENT`; for another
 * error its `code`, or `unknown`.
 */
export function errnoName(error: unknown): string {
  // Not by its class: Jest gives each test a realm of its own, in which the
  // system's errors are none of its `Error`.
  if (!types.isNativeError(error)) return 'unknown';
  const { code, errno } = error as NodeJS.ErrnoException;
  // libuv has no name for some errnos, EDQUOT among them: Node's code is then
  // a sentence with a number in it.
  if (typeof errno === 'number' && code?.startsWith('Unknown system error')) {
    return nameOf(-errno) ?? `errno ${-errno}`;
  }
  return code ?? 'unknown';
}

function nameOf(errno: number): string | undefined {
  const names = Object.entries(constants.errno);
  return names.find(([, value]) => value === errno)?.[0];
}
