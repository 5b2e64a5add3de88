import { ConfigurationError } from '../core/errors.js';
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

/** Some of SQLite's drivers put a code before them. */
const FOREIGN_KEY_WORDS = /^(SQLITE_\w+: )?FOREIGN KEY constraint/;
const UNIQUE_WORDS = /^(SQLITE_\w+: )?UNIQUE constraint/;

/** What an erasure ends with, since it would never end otherwise. */
export function notDeleted(row: 'file' | 'token'): ConfigurationError {
  return new ConfigurationError(
    `The database says that it deletes rows of the ${row} entity, and keeps them: look for a trigger, a rule or a policy that turns DELETE into something else. What it keeps can still be read.`,
  );
}

/** Whether a statement failed since the row that it refers to is not there. */
export function isForeignKeyViolation(error: unknown): boolean {
  const { code, message } = driverErrorOf(error);
  // Some of SQLite's drivers have one code for all constraints.
  return FOREIGN_KEY_CODES.has(code) || FOREIGN_KEY_WORDS.test(message);
}

/** Whether a statement failed since there is such a row already. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, message } = driverErrorOf(error);
  return UNIQUE_CODES.has(code) || UNIQUE_WORDS.test(message);
}

/** How deep errors are looked into: applications put theirs around them. */
const MAX_CAUSES = 5;

/**
 * Whether a statement was sent, and nobody knows what has become of it: the
 * connection broke before the database had answered. It may be carried out even
 * later, since the server reads on what is on its way.
 *
 * What a driver refuses by itself, a value that it cannot bind for instance, is
 * known to have come to nothing: a client may bring that about as often as it
 * likes.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  let at: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && at; depth += 1) {
    const { driverError, cause } = Object(at) as Partial<
      Record<'driverError' | 'cause', unknown>
    >;
    // TypeORM puts it into errors of statements alone, not of a connection that
    // could not be had.
    if (driverError !== undefined) return isBroken(driverError);
    at = cause;
  }
  return false;
}

/** Whether it tells of a connection that broke, and not of a statement. */
function isBroken(driverError: unknown): boolean {
  const { code, errno, severity, sqlState, fatal, message } = Object(
    driverError,
  ) as Partial<Record<string, unknown>>;
  // PostgreSQL answers with a severity, MySQL and MariaDB with a state.
  if (typeof severity === 'string') return UNDECIDED_STATES.test(String(code));
  if (typeof sqlState === 'string') {
    const isUndecided = UNDECIDED_STATES.test(sqlState) && errno !== TOO_BIG;
    return isUndecided || UNDECIDED_ERRORS.has(errno);
  }
  if (NOTHING_SENT.test(String(message))) return false;
  return (
    fatal === true ||
    BROKEN_CODES.test(String(code)) ||
    BROKEN_WORDS.test(String(message))
  );
}

/**
 * connection_exception, statement_completion_unknown, the server shuts down or
 * has crashed, system_error: poolers use them for a server that they have lost.
 *
 * @see PostgreSQL, "Appendix A. PostgreSQL Error Codes"
 */
const UNDECIDED_STATES = /^(08...|40003|57P0[123]|58...)$/;

/**
 * Of MySQL and MariaDB, and of proxies before them: server shutdown, aborting
 * connection, error during COMMIT, connection killed, server gone, server lost.
 *
 * @see MySQL, "Server Error Message Reference"
 */
const UNDECIDED_ERRORS: ReadonlySet<unknown> = new Set([
  1053, 1152, 1180, 1927, 2006, 2013, 2055,
]);

/** ER_NET_PACKET_TOO_LARGE: nothing was carried out, although its state is 08S01. */
const TOO_BIG = 1153;

/** Node's own codes of connections, and those of mysql2. */
const BROKEN_CODES =
  /^(E(CONN[A-Z]+|PIPE|TIMEDOUT|PROTO|NET[A-Z]+|HOST[A-Z]+)|PROTOCOL_\w+|ERR_(SOCKET|STREAM|SSL|TLS)\w*)$/;

/** What pg says without a code. */
const BROKEN_WORDS = /^(Connection terminated|Query read timeout)/;

/** What pg and mysql2 say when a connection was broken before. */
const NOTHING_SENT = /is not queryable|in closed state/;

function driverErrorOf(error: unknown): {
  readonly code: unknown;
  readonly message: string;
} {
  const { driverError } = Object(error) as { driverError?: unknown };
  const { code, message } = Object(driverError) as Record<string, unknown>;
  return { code, message: typeof message === 'string' ? message : '' };
}
