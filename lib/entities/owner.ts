import {
  Equal,
  type EntityMetadata,
  type FindOperator,
  InstanceChecker,
  type ObjectLiteral,
} from 'typeorm';
import { ConfigurationError, OwnerError } from '../core/errors.js';
import { BASE_COLUMNS } from './base-columns.js';
import { canonicalId, checkColumn, type OwnerId } from './owner-id.js';

/**
 * Whose file it is, by properties of the application's own entities: `{ user }`,
 * `{ user: { id: 7 } }`, `{ user: 7 }`, `{ tenant, user }`.
 */
export type Owner = Readonly<Record<string, unknown>>;

/** An owner, reduced to what may reach a query. */
export interface ResolvedOwner {
  /** `property=primary key`, sorted, joined by `&`; what a token is bound to. */
  readonly canonical: string;
  /** Conditions of a query: the owner's columns and nothing else. */
  readonly where: Readonly<Record<string, FindOperator<OwnerId>>>;
  /** Values of an insert. */
  readonly values: Readonly<ObjectLiteral>;
}

interface OwnerProperty {
  readonly name: string;
  readonly id: OwnerId;
  readonly value: unknown;
}

/**
 * Reduces an owner to primary keys. Nothing that a caller gives reaches a query
 * as it is: TypeORM reads `{}`, `{ user: undefined }` and `{ user: {} }` as "any",
 * and would return other owners' rows.
 *
 * @throws {@link OwnerError} unless it has at least one property, each of them an
 * owner's column or relation of both entities, with a usable primary key.
 */
export function resolveOwner(
  owner: unknown,
  file: EntityMetadata,
  token: EntityMetadata,
): ResolvedOwner {
  const properties = ownerEntries(owner).map(([name, value]) => {
    const property = reduce(name, value, file);
    reduce(name, value, token);
    return property;
  });
  for (const metadata of [file, token]) checkDistinct(properties, metadata);
  return {
    canonical: canonicalOwner(properties),
    where: Object.fromEntries(
      properties.map(({ name, id }) => [name, Equal(id)]),
    ),
    values: Object.fromEntries(
      properties.map(({ name, value }) => [name, value]),
    ),
  };
}

/**
 * The canonical form of an owner where no entities are configured: every value
 * is a primary key, or an object with an `id`.
 *
 * @throws {@link OwnerError} as {@link resolveOwner}.
 */
export function canonicalOwnerOf(owner: unknown): string {
  return canonicalOwner(
    ownerEntries(owner).map(([name, value]) => ({
      name,
      id: canonicalId(name, isObject(value) ? value['id'] : value),
    })),
  );
}

/**
 * Takes a canonical form apart, into what {@link resolveOwner} may be asked.
 *
 * @throws {@link OwnerError} if it is none.
 */
export function parseCanonicalOwner(canonical: string): Owner {
  const properties = canonical.split('&').map((property) => {
    const [name = '', ...rest] = property.split('=');
    return [decode(name), decode(rest.join('='))] as const;
  });
  return Object.fromEntries(properties);
}

/** The database columns in which an entity keeps an owner's properties. */
export function ownerColumns(
  { where }: ResolvedOwner,
  metadata: EntityMetadata,
): string[] {
  return Object.keys(where).flatMap((name) => databaseColumns(name, metadata));
}

/** The database columns of a property; more than one property may have the same. */
export function databaseColumns(
  name: string,
  metadata: EntityMetadata,
): string[] {
  return metadata
    .findColumnsWithPropertyPath(name)
    .map((column) => column.databaseName);
}

/** A relation and its own foreign key say the same, or contradict each other. */
function checkDistinct(
  properties: readonly Pick<OwnerProperty, 'name'>[],
  metadata: EntityMetadata,
): void {
  const columns = properties.flatMap(({ name }) =>
    databaseColumns(name, metadata),
  );
  if (new Set(columns).size < columns.length) {
    throw new OwnerError(
      `Two of the owner's properties are the same column of ${metadata.name}: give one of them.`,
    );
  }
}

function ownerEntries(owner: unknown): [string, unknown][] {
  const entries = isObject(owner) ? Object.entries(owner) : [];
  if (entries.length === 0) {
    throw new OwnerError(
      'An owner is missing: give the property that your entities have for it, as in { user }.',
    );
  }
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** Sorted by property, since {@link ownerEntries} sorts. */
function canonicalOwner(
  properties: readonly Pick<OwnerProperty, 'name' | 'id'>[],
): string {
  return properties
    .map(({ name, id }) => `${encode(name)}=${encode(String(id))}`)
    .join('&');
}

/** Percent-encoded, so that no primary key can look like a second property. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new OwnerError('The canonical form of an owner is malformed.');
  }
}

function reduce(
  name: string,
  value: unknown,
  metadata: EntityMetadata,
): OwnerProperty {
  if (BASE_COLUMNS.has(name) || name.includes('.')) {
    throw unknownProperty(name, metadata);
  }
  const relation = metadata.findRelationWithPropertyPath(name);
  if (relation) {
    const column = relation.isOwning
      ? relation.joinColumns[0]?.referencedColumn
      : undefined;
    if (!column) throw unknownProperty(name, metadata);
    if (relation.joinColumns.length > 1) {
      throw new ConfigurationError(
        `${metadata.name}.${name} refers to a composite primary key; an owner needs a single one.`,
      );
    }
    const key: unknown = isEntity(value) ? column.getEntityValue(value) : value;
    const id = canonicalId(name, key, column.type);
    checkColumn(name, id, column);
    return { name, id, value: { [column.propertyName]: id } };
  }
  const column = metadata.findColumnWithPropertyPath(name);
  if (!column) throw unknownProperty(name, metadata);
  const id = canonicalId(name, value, column.type);
  checkColumn(name, id, column);
  return { name, id, value: id };
}

function unknownProperty(name: string, metadata: EntityMetadata): OwnerError {
  return new OwnerError(
    `${metadata.name} has no owner's column or owning relation ${JSON.stringify(name.slice(0, 64))}; both entities must have it.`,
  );
}

/** An operator is an object too, and one of TypeORM's own properties is `value`. */
function isEntity(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !InstanceChecker.isFindOperator(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
