import type { ColumnType } from 'typeorm';
import { OwnerError } from '../core/errors.js';

/** A primary key as it may reach a query. */
export type OwnerId = string | number | bigint;

const INTEGER = /^(0|-?[1-9]\d*)$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INTEGER_TYPES: ReadonlySet<unknown> = new Set([
  Number,
  'int',
  'int2',
  'int4',
  'int8',
  'integer',
  'tinyint',
  'smallint',
  'mediumint',
  'bigint',
  'unsigned big int',
]);

/**
 * Checks a primary key, and brings it into the one spelling that is compared,
 * stored and bound to: MySQL takes the text `5abc` for the number 5, and a token
 * is bound to the text.
 *
 * @param name - the owner's property, for the error.
 * @param type - of the column that the key stands in, where it is known.
 * @throws {@link OwnerError} if it is no primary key of that type.
 */
export function canonicalId(
  name: string,
  value: unknown,
  type?: ColumnType,
): OwnerId {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value;
    throw refuse(name, 'is no safe integer');
  }
  if (typeof value !== 'string') {
    throw refuse(name, 'is neither a text nor an integer');
  }
  if (value === '') throw refuse(name, 'is empty');
  if (INTEGER_TYPES.has(type) && !INTEGER.test(value)) {
    throw refuse(name, 'is no integer, and its column holds integers');
  }
  return type === 'uuid' ? canonicalUuid(name, value) : value;
}

function canonicalUuid(name: string, value: string): string {
  const uuid = value.toLowerCase();
  if (!UUID.test(uuid))
    throw refuse(name, 'is no UUID, and its column holds UUIDs');
  return uuid;
}

function refuse(name: string, what: string): OwnerError {
  return new OwnerError(
    `The owner's ${JSON.stringify(name.slice(0, 64))} ${what}: give the entity, { id }, or the bare primary key.`,
  );
}
