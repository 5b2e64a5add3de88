import type { ColumnOptions, ValueTransformer } from 'typeorm';

const numberTransformer: ValueTransformer = {
  to: (value: unknown) => value,
  // PostgreSQL's and MySQL's drivers give a bigint as a string.
  from: (value: unknown) => (typeof value === 'string' ? Number(value) : value),
};

/**
 * A bigint column that is a JavaScript number: sizes in bytes, times in epoch
 * milliseconds. The same on SQLite, PostgreSQL and MySQL/MariaDB.
 */
export const NUMBER_COLUMN: ColumnOptions = {
  type: 'bigint',
  transformer: numberTransformer,
};
