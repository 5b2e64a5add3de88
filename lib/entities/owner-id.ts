import type { ColumnType, EntityMetadata } from 'typeorm';
import { OwnerError } from '../core/errors.js';

/** A primary key as it may reach a query. */
export type OwnerId = string | number | bigint;

const INTEGER = /^(0|-?[1-9]\d*)$/;
/** What 64 bits hold, with a sign or without one. */
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;
/** Bits of an integer column where it is not 32. */
const WIDTHS: ReadonlyMap<unknown, bigint> = new Map([
  ['tinyint', 8n],
  ['int2', 16n],
  ['smallint', 16n],
  ['mediumint', 24n],
  ['int8', 64n],
  ['bigint', 64n],
]);
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
const TEXT_TYPE = /char|text|clob|enum|string|uuid|uniqueidentifier/;

/**
 * Checks a primary key, and brings it into the one spelling that is compared,
 * stored and bound to. MySQL takes the text `5abc` for the number 5, and any
 * text without digits for the number 0: what is compared is of the column's own
 * kind, and a column of a third kind cannot tell owners apart.
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
  const id = parseId(name, value);
  if (type === undefined) return id;
  if (INTEGER_TYPES.has(type)) return canonicalInteger(name, id);
  if (type === 'uuid') return canonicalUuid(name, String(id));
  if (type === String || TEXT_TYPE.test(String(type))) return String(id);
  throw refuse(
    name,
    'stands in a column that holds no integers, texts or UUIDs',
  );
}

/** The types whose texts are compared without the spaces at their end. */
const PADDED = /^(char|character|bpchar)$/i;
/** The databases where that is so of all texts. */
const PAD_SPACES: ReadonlySet<string> = new Set(['mysql', 'mariadb']);

/** The databases whose integers have the width that their type says. */
const HAVE_WIDTHS: ReadonlySet<string> = new Set([
  'postgres',
  'mysql',
  'mariadb',
]);

/**
 * PostgreSQL fails to compare an integer that its column cannot hold, and no
 * database inserts it. SQLite's integers are all of 64 bits; larger ones become
 * fractions there, of which many are equal.
 *
 * @param id - canonical, for the column.
 * @throws {@link OwnerError} if the column cannot hold it, or tell it from others.
 */
export function checkColumn(
  name: string,
  id: OwnerId,
  { type, unsigned, entityMetadata }: EntityMetadata['columns'][number],
): void {
  // TypeORM 0.3 has the data source under this name alone.
  const database = entityMetadata.connection.options.type;
  if (!INTEGER_TYPES.has(type)) {
    const pads = PAD_SPACES.has(database) || PADDED.test(String(type));
    if (pads && String(id).endsWith(' ')) {
      throw refuse(name, 'ends with a space, which the database does not see');
    }
    return;
  }
  const hasWidth = HAVE_WIDTHS.has(database);
  const bits = hasWidth ? (WIDTHS.get(type) ?? 32n) : 64n;
  const [least, end] =
    hasWidth && unsigned
      ? [0n, 2n ** bits]
      : [-(2n ** (bits - 1n)), 2n ** (bits - 1n)];
  const integer = BigInt(id);
  if (integer < least || integer >= end) {
    throw refuse(name, 'is an integer that its column cannot hold');
  }
}

function parseId(name: string, value: unknown): OwnerId {
  if (value === undefined || value === null) {
    throw refuse(name, 'is missing');
  }
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return value;
    throw refuse(name, 'is no safe integer');
  }
  if (typeof value !== 'string') {
    throw refuse(name, 'is neither a text nor an integer');
  }
  if (value === '') throw refuse(name, 'is empty');
  return value;
}

function canonicalInteger(name: string, id: OwnerId): OwnerId {
  if (typeof id === 'string' && !INTEGER.test(id)) {
    throw refuse(name, 'is no integer, and its column holds integers');
  }
  const integer = BigInt(id);
  if (integer < MIN_INTEGER || integer > MAX_INTEGER) {
    throw refuse(name, 'is an integer of more than 64 bits');
  }
  return id;
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
