import {
  ConfigurationError,
  type ErrorCode,
  FileEncryptorError,
  FormatError,
  IntegrityError,
  KeyNotFoundError,
  KeyProviderError,
  StoreError,
  WrongKeyError,
} from '../core/errors.js';
import type { LegacyFile } from '../core/legacy/read-legacy-file.js';
import { FlaskFileError } from './flask-file.js';
import { type FlaskId, type FlaskRow, FlaskTokenError } from './flask-rows.js';

/** What became of one old file. */
export interface ImportOutcome {
  /** Primary key of the old row. */
  readonly id: FlaskId;
  /** As the old row has it; of the new row too, unless it was refused. */
  readonly filename: string;
  /**
   * `imported`; `present`: a row has the filename already; `refused`: nothing was
   * stored; `importable`: in a dry run, it could be read to its end.
   */
  readonly outcome: 'imported' | 'present' | 'refused' | 'importable';
  /** Plaintext bytes, where it was read. */
  readonly size?: number;
  /**
   * Where it was read: whether anything could be checked. A file whose size is a
   * multiple of 16 has no filling, and another token would not be noticed.
   */
  readonly checked?: boolean;
  /** Of a refused one. */
  readonly code?: ErrorCode;
  /** Of a refused one, for the operator: no name, token, key or path. */
  readonly reason?: string;
}

/** The outcome of a row that has been looked at. */
export function outcomeOf(
  { id, filename }: FlaskRow,
  outcome: Exclude<ImportOutcome['outcome'], 'refused'>,
  read?: Pick<LegacyFile, 'size' | 'checked'>,
): ImportOutcome {
  const { size, checked } = read ?? {};
  return { id, filename, outcome, ...(read && { size, checked }) };
}

/**
 * The outcome of a file that nothing can be made of.
 *
 * @throws the error itself if it does not concern this file alone: the next one
 * would fail as well.
 */
export function refusalOf(
  { id, filename }: FlaskRow,
  error: unknown,
): ImportOutcome {
  if (!(error instanceof FileEncryptorError) || endsAll(error)) throw error;
  const { code, message: reason } = error;
  return { id, filename, outcome: 'refused', code, reason };
}

/** Of the new application: its store, its keys, its options. */
function endsAll(error: FileEncryptorError): boolean {
  if (OLD.some((kind) => error instanceof kind)) return false;
  return NEW.some((kind) => error instanceof kind);
}

const OLD = [FlaskFileError, FlaskTokenError, FormatError] as const;
const NEW = [
  StoreError,
  IntegrityError,
  KeyNotFoundError,
  WrongKeyError,
  KeyProviderError,
  ConfigurationError,
] as const;
