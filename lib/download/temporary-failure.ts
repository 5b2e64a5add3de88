import {
  ConfigurationError,
  FileEncryptorError,
  StoreError,
} from '../core/errors.js';
import { errnoName } from '../core/store/store-failure.js';

/** The option that says where temporary files lie, as an operator knows it. */
export const TMP_DIR = 'tmpDir (FILE_ENCRYPTOR_TMP_DIR)';

/** What was being done to a temporary file when something failed. */
export type TemporaryOperation = keyof typeof TRIED;

const TRIED = {
  create: 'create a temporary file',
  write: 'write to a temporary file',
  read: 'read a temporary file',
  remove: 'remove temporary files',
} as const;

const FREE_SPACE = `Free space there, raise the quota, or set ${TMP_DIR} to a larger folder.`;
const PERMIT = `The user of this process needs read, write and search permission on the folder of ${TMP_DIR}.`;
const RAISE_LIMIT = 'Raise the limit of open files.';

/** What an operator can do, by errno. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: PERMIT,
  EPERM: PERMIT,
  EROFS: `The file system is read-only: set ${TMP_DIR} to a folder that can be written to.`,
  ENOSPC: FREE_SPACE,
  EDQUOT: FREE_SPACE,
  EFBIG: 'Raise the limit of file sizes.',
  EMFILE: RAISE_LIMIT,
  ENFILE: RAISE_LIMIT,
  EIO: 'Check the medium and the log of the system.',
  ENOENT: `The folder of ${TMP_DIR} is gone: check that its volume is mounted.`,
  ENOTDIR: `A part of the path in ${TMP_DIR} is no folder.`,
};

/** With these the folder itself is at fault, whatever happens in it later. */
const UNUSABLE: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'ERR_INVALID_ARG_VALUE',
]);

/**
 * The border at which an error of the system becomes one of ours.
 *
 * @param cause - becomes the `cause`, for the log: it may hold a path, the
 * message never does. An error of ours is given back as it is.
 * @returns a StoreError of code `STORE_FULL` (`ENOSPC`, `EDQUOT`) or `STORE`.
 */
export function temporaryFailure(
  operation: TemporaryOperation,
  cause: unknown,
): FileEncryptorError {
  if (cause instanceof FileEncryptorError) return cause;
  const name = errnoName(cause);
  const full = name === 'ENOSPC' || name === 'EDQUOT';
  return new StoreError(
    `Could not ${TRIED[operation]} (${name}). ${adviceOn(name)}`,
    { cause, code: full ? 'STORE_FULL' : 'STORE' },
  );
}

/**
 * The same for the folder that the option `tmpDir` names.
 *
 * @returns a ConfigurationError if the folder cannot be used at all.
 */
export function baseFailure(cause: unknown): FileEncryptorError {
  const name = errnoName(cause);
  if (!UNUSABLE.has(name)) return temporaryFailure('create', cause);
  return new ConfigurationError(
    `The folder for temporary files cannot be used (${name}). ${adviceOn(name)}`,
    { cause },
  );
}

function adviceOn(name: string): string {
  return ADVICE[name] ?? 'The cause has what the system said.';
}
