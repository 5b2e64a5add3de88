const FOREIGN_KEY_CODES: ReadonlySet<unknown> = new Set([
  '23503', // PostgreSQL: foreign_key_violation
  'ER_NO_REFERENCED_ROW_2', // MySQL and MariaDB
  'SQLITE_CONSTRAINT_FOREIGNKEY',
]);

const UNIQUE_CODES: ReadonlySet<unknown> = new Set([
  '23505', // PostgreSQL: unique_violation
  'ER_DUP_ENTRY', // MySQL and MariaDB
  'SQLITE_CONSTRAINT_UNIQUE',
]);

/** Whether a statement failed since the row that it refers to is not there. */
export function isForeignKeyViolation(error: unknown): boolean {
  const { code, message } = driverErrorOf(error);
  // Some of SQLite's drivers have one code for all constraints.
  return (
    FOREIGN_KEY_CODES.has(code) || message.startsWith('FOREIGN KEY constraint')
  );
}

/** Whether a statement failed since there is such a row already. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, message } = driverErrorOf(error);
  return UNIQUE_CODES.has(code) || message.startsWith('UNIQUE constraint');
}

/**
 * Whether a statement was sent, and nobody knows what has become of it: the
 * connection broke before the database had answered. It may be carried out even
 * later, since the server reads on what is on its way.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  const { driverError } = Object(error) as { driverError?: unknown };
  // TypeORM puts it into errors of statements alone, not of a connection that
  // could not be had.
  if (driverError === undefined) return false;
  const { code, severity, sqlState } = Object(driverError) as Partial<
    Record<string, unknown>
  >;
  const text = typeof code === 'string' ? code : '';
  // PostgreSQL answers with a severity; two of its answers tell no outcome.
  if (typeof severity === 'string') return UNDECIDED.test(text);
  const isAnswer =
    typeof sqlState === 'string' || // MySQL and MariaDB
    text.startsWith('SQLITE_');
  return !isAnswer;
}

/** connection_exception, and statement_completion_unknown. */
const UNDECIDED = /^(08...|40003)$/;

function driverErrorOf(error: unknown): {
  readonly code: unknown;
  readonly message: string;
} {
  const { driverError } = Object(error) as { driverError?: unknown };
  const { code, message } = Object(driverError) as Record<string, unknown>;
  return { code, message: typeof message === 'string' ? message : '' };
}
