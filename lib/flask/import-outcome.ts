import {
  ConfigurationError,
  type ErrorCode,
  FileEncryptorError,
  KeyProviderError,
  StoreError,
} from '../core/errors.js';
import { FlaskFileError } from './flask-file.js';
import type { FlaskId, FlaskRow } from './flask-rows.js';

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
  /** Of a refused one. */
  readonly code?: ErrorCode;
  /** Of a refused one, for the operator: no name, token, key or path. */
  readonly reason?: string;
}

/** The outcome of a row that has been looked at. */
export function outcomeOf(
  { id, filename }: FlaskRow,
  outcome: Exclude<ImportOutcome['outcome'], 'refused'>,
  size?: number,
): ImportOutcome {
  return { id, filename, outcome, ...(size !== undefined && { size }) };
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
  if (error instanceof FlaskFileError) return false;
  return [StoreError, KeyProviderError, ConfigurationError].some(
    (kind) => error instanceof kind,
  );
}
