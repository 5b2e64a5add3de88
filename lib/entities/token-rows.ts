import {
  type DataSource,
  type EntityManager,
  type EntityMetadata,
  type FindOneOptions,
  type FindOptionsWhere,
  MoreThan,
} from 'typeorm';
import { ConfigurationError } from '../core/errors.js';
import type { BaseTokenEntity } from './base-token.entity.js';
import { isUniqueViolation, notDeleted } from './database-failure.js';
import type { EntityClass } from './entity-classes.js';
import { onPrimary } from './on-primary.js';
import { ownerColumns, type ResolvedOwner } from './owner.js';

const HAVE_ROW_LOCKS: ReadonlySet<string> = new Set([
  'postgres',
  'mysql',
  'mariadb',
]);

/** Values that are read at once: some 250 bytes each, 5500 with a provider. */
const VALUES = 1000;

/** The statements on the application's token entity. */
export class TokenRows<Token extends BaseTokenEntity> {
  readonly #dataSource: DataSource;
  readonly #entity: EntityClass<Token>;

  constructor(dataSource: DataSource, entity: EntityClass<Token>) {
    this.#dataSource = dataSource;
    this.#entity = entity;
  }

  get metadata(): EntityMetadata {
    return this.#dataSource.getMetadata(this.#entity);
  }

  /** The owner's token, if there is one. */
  find(
    owner: ResolvedOwner,
    manager: EntityManager = this.#dataSource.manager,
  ): Promise<Token | null> {
    return this.#find(owner, manager, {});
  }

  /**
   * The owner's token as the primary database has it now. Inside a transaction it is read
   * with a lock: a plain read of MySQL answers from the transaction's snapshot,
   * which may be older than another's insert; and an erasure has to wait until
   * the transaction is over, so that it sees the rows that came with it.
   */
  findLatest(
    owner: ResolvedOwner,
    manager?: EntityManager,
  ): Promise<Token | null> {
    const { type } = this.#dataSource.options;
    const find = (asked: EntityManager) => {
      const locks =
        HAVE_ROW_LOCKS.has(type) &&
        asked.queryRunner?.isTransactionActive === true;
      const lock = { mode: 'pessimistic_read' } as const;
      return this.#find(owner, asked, locks ? { lock } : {});
    };
    return manager ? find(manager) : onPrimary(this.#dataSource, find);
  }

  /**
   * Inserts a token, unless the owner has one; never an error for the second.
   * PostgreSQL passes over it, since an error would end the transaction. With
   * the others an error is harmless, and their `IGNORE` is not: it passes over
   * much else, and MySQL's would cut an owner to the column's width and so make
   * another owner's token.
   */
  async insertIfNone(
    owner: ResolvedOwner,
    value: string,
    manager: EntityManager = this.#dataSource.manager,
  ): Promise<void> {
    const values = { ...owner.values, value };
    const insert = manager
      .createQueryBuilder()
      .insert()
      .into(this.#entity)
      .values(values as object)
      .orIgnore(this.#dataSource.options.type === 'postgres')
      .updateEntity(false);
    try {
      await insert.execute();
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
  }

  /**
   * Replaces a value only where it is still the old one, so that an erased token
   * never comes back.
   *
   * @returns whether it was.
   */
  async replaceValue(id: number, old: string, value: string): Promise<boolean> {
    const { affected } = await this.#dataSource.manager.update<BaseTokenEntity>(
      this.#entity,
      { id, value: old },
      { value },
    );
    return affected === 1;
  }

  /**
   * The values of all tokens, those that are marked as deleted included, a batch
   * at a time. Where there are replicas the primary database is asked: a replica
   * may not know yet what was rewrapped, or wrapped, a moment ago.
   */
  async *allValues(): AsyncGenerator<readonly string[], void> {
    let last: number | undefined;
    for (;;) {
      const rows = await this.#valuesAfter(last);
      last = rows.at(-1)?.id;
      if (last === undefined) return;
      yield rows.map(({ value }) => value);
    }
  }

  /** @returns how many were deleted. */
  delete(owner: ResolvedOwner): Promise<number> {
    return onPrimary(this.#dataSource, async (manager) => {
      const token = await this.#find(owner, manager, { withDeleted: true });
      if (!token) return 0;
      const { affected } = await manager.delete(this.#entity, token.id);
      if (affected) return affected;
      const left = await this.#find(owner, manager, { withDeleted: true });
      if (left?.id === token.id) throw notDeleted('token');
      return 0;
    });
  }

  /**
   * Two tokens of one owner would split the owner's files between two keys; only
   * the database can rule that out.
   *
   * @throws {@link ConfigurationError} if no unique constraint lies within the
   * owner's columns.
   */
  checkUnique(owner: ResolvedOwner): void {
    const columns = new Set(ownerColumns(owner, this.metadata));
    const constraints = [
      ...this.metadata.uniques,
      ...this.metadata.indices.filter(
        (index) => index.isUnique && !index.where,
      ),
    ];
    const isWithin = constraints.some(
      (constraint) =>
        constraint.columns.length > 0 &&
        constraint.columns.every((column) => columns.has(column.databaseName)),
    );
    if (!isWithin) {
      throw new ConfigurationError(
        `${this.metadata.name} can hold two tokens of one owner: make its relation @OneToOne(), or put @Unique on the owner's columns.`,
      );
    }
  }

  #valuesAfter(
    id: number | undefined,
  ): Promise<Pick<BaseTokenEntity, 'id' | 'value'>[]> {
    return onPrimary(this.#dataSource, (manager) =>
      manager
        .createQueryBuilder(this.#entity, 'token')
        .select('token.id', 'id')
        .addSelect('token.value', 'value')
        .withDeleted()
        .where(id === undefined ? {} : { id: MoreThan(id) })
        .orderBy('token.id')
        .limit(VALUES)
        .getRawMany<Pick<BaseTokenEntity, 'id' | 'value'>>(),
    );
  }

  #find(
    owner: ResolvedOwner,
    manager: EntityManager,
    options: FindOneOptions<Token>,
  ): Promise<Token | null> {
    return manager.findOne(this.#entity, {
      where: owner.where as FindOptionsWhere<Token>,
      loadEagerRelations: false,
      ...options,
    });
  }
}
