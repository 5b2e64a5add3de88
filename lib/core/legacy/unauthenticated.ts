import { ConfigurationError } from '../errors.js';

/** The leave that every call of this folder needs. */
export interface AllowUnauthenticated {
  /** That nobody can tell whether the bytes are those that were stored. */
  readonly allowUnauthenticated: true;
}

/** What every result of this folder says of itself. */
export interface Unauthenticated {
  readonly authenticated: false;
}

/** @throws {@link ConfigurationError} without the leave. */
export function requireLeave(
  options: Partial<AllowUnauthenticated> | null | undefined,
): void {
  if (options?.allowUnauthenticated === true) return;
  throw new ConfigurationError(
    'Files of Flask-Encryptor are not authenticated: whoever could write them could change them. Pass { allowUnauthenticated: true } to use them nevertheless.',
  );
}
