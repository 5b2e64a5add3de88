const FOREIGN_KEY_CODES: ReadonlySet<unknown> = new Set([
  '23503', // PostgreSQL: foreign_key_violation
  'ER_NO_REFERENCED_ROW_2', // MySQL and MariaDB
  'SQLITE_CONSTRAINT_FOREIGNKEY',
]);

/** Whether a statement failed since the row that it refers to is not there. */
export function isForeignKeyViolation(error: unknown): boolean {
  const { driverError } = Object(error) as { driverError?: { code?: unknown } };
  return FOREIGN_KEY_CODES.has(driverError?.code);
}
