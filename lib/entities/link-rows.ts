import {
  type DataSource,
  type DeepPartial,
  type EntityMetadata,
  type FindManyOptions,
  type FindOptionsOrder,
  type FindOptionsWhere,
  In,
} from 'typeorm';
import type { BaseLinkEntity } from './base-link.entity.js';
import type { EntityClass } from './entity-classes.js';
import { LinkCounters } from './link-counters.js';

/** The statements on the application's link entity. */
export class LinkRows<Link extends BaseLinkEntity> {
  /** The conditional updates. */
  readonly counters: LinkCounters;
  readonly #dataSource: DataSource;
  readonly #entity: EntityClass<Link>;

  constructor(dataSource: DataSource, entity: EntityClass<Link>) {
    this.#dataSource = dataSource;
    this.#entity = entity;
    this.counters = new LinkCounters(dataSource, entity);
  }

  get metadata(): EntityMetadata {
    return this.#dataSource.getMetadata(this.#entity);
  }

  /** The link of a secret's hash. */
  async findByHash(hash: string): Promise<Link | null> {
    const row = await this.#findOne({ hash });
    // MySQL compares texts without regard to case.
    return row?.hash === hash ? row : null;
  }

  find(id: number): Promise<Link | null> {
    return this.#findOne({ id });
  }

  /** A file's links, newest first. */
  list(filename: string): Promise<Link[]> {
    const options: FindManyOptions<BaseLinkEntity> = {
      where: { filename },
      order: { createdAt: 'DESC', id: 'DESC' },
      loadEagerRelations: false,
    };
    return this.#dataSource.manager.find(
      this.#entity,
      options as FindManyOptions<Link> & { order: FindOptionsOrder<Link> },
    );
  }

  /** Inserts a row; the columns that the database makes come back in it. */
  async insert(values: Omit<BaseLinkEntity, 'id'>): Promise<Link> {
    const { manager } = this.#dataSource;
    const row = manager.create(this.#entity, values as DeepPartial<Link>);
    await manager.insert(this.#entity, row as object);
    return row;
  }

  /** @returns whether it was there. */
  async delete(id: number): Promise<boolean> {
    const { manager } = this.#dataSource;
    const { affected } = await manager.delete(this.#entity, id);
    return affected === 1;
  }

  /** Deletes all links of some files. */
  async deleteOf(filenames: readonly string[]): Promise<void> {
    await this.#dataSource.manager.delete<BaseLinkEntity>(this.#entity, {
      filename: In(filenames),
    });
  }

  #findOne(where: FindOptionsWhere<BaseLinkEntity>): Promise<Link | null> {
    return this.#dataSource.manager.findOne(this.#entity, {
      where: where as FindOptionsWhere<Link>,
      loadEagerRelations: false,
    });
  }
}
