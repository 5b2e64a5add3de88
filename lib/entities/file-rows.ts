import {
  type DataSource,
  type DeepPartial,
  type EntityManager,
  type EntityMetadata,
  type FindManyOptions,
  type FindOptionsOrder,
  type FindOptionsWhere,
  In,
} from 'typeorm';
import { ConfigurationError, FileNotFoundError } from '../core/errors.js';
import { isFilename } from '../core/store/object-key.js';
import type { BaseFileEntity } from './base-file.entity.js';
import type { EntityClass } from './entity-classes.js';
import { onPrimary } from './on-primary.js';
import type { ResolvedOwner } from './owner.js';

/** A part of a list. */
export interface Page {
  /** How many to return at most; all when absent. */
  readonly take?: number;
  /** How many to leave out at the beginning. */
  readonly skip?: number;
}

/** The statements on the application's file entity. */
export class FileRows<File extends BaseFileEntity> {
  readonly #dataSource: DataSource;
  readonly #entity: EntityClass<File>;

  constructor(dataSource: DataSource, entity: EntityClass<File>) {
    this.#dataSource = dataSource;
    this.#entity = entity;
  }

  get metadata(): EntityMetadata {
    return this.#dataSource.getMetadata(this.#entity);
  }

  /**
   * The owner's row of that filename.
   *
   * @throws {@link FileNotFoundError} if there is none.
   */
  async get(owner: ResolvedOwner, filename: string): Promise<File> {
    // What is no filename names no row; it does not even reach a query.
    if (!isFilename(filename)) throw noSuchFile();
    const row = await this.#dataSource.manager.findOne(this.#entity, {
      where: { ...owner.where, filename } as unknown as FindOptionsWhere<File>,
      loadEagerRelations: false,
    });
    if (!row) throw noSuchFile();
    return row;
  }

  /**
   * The owner's rows, newest first.
   *
   * @param page - of the list.
   * @throws {@link ConfigurationError} if it says no whole numbers.
   */
  async list(owner: ResolvedOwner, page: Page = {}): Promise<File[]> {
    const options: FindManyOptions<BaseFileEntity> = {
      where: owner.where,
      order: { createdAt: 'DESC', id: 'DESC' },
      loadEagerRelations: false,
      ...checkPage(page),
    };
    return this.#dataSource.manager.find(
      this.#entity,
      options as FindManyOptions<File> & { order: FindOptionsOrder<File> },
    );
  }

  /** A row in memory: nothing is written. */
  create(values: object): File {
    return this.#dataSource.manager.create(
      this.#entity,
      values as DeepPartial<File>,
    );
  }

  /** Inserts a row; the columns that the database makes come back into it. */
  async insert(
    row: File,
    manager: EntityManager = this.#dataSource.manager,
  ): Promise<void> {
    await manager.insert(this.#entity, row as object);
  }

  /**
   * The owner's rows, those that are marked as deleted included, as the primary
   * database has them.
   *
   * @param take - how many at most.
   */
  listAll(owner: ResolvedOwner, take: number): Promise<File[]> {
    return onPrimary(this.#dataSource, (manager) =>
      manager.find(this.#entity, {
        where: owner.where as FindOptionsWhere<File>,
        loadEagerRelations: false,
        withDeleted: true,
        take,
      }),
    );
  }

  /**
   * Whose row it is does not matter: whether any has the filename. Without a
   * manager the primary database is asked: what has no row is removed.
   */
  findByFilename(
    filename: string,
    manager?: EntityManager,
  ): Promise<File | null> {
    const find = (asked: EntityManager) =>
      asked.findOne(this.#entity, {
        where: { filename } as FindOptionsWhere<File>,
        loadEagerRelations: false,
        withDeleted: true,
      });
    return manager ? find(manager) : onPrimary(this.#dataSource, find);
  }

  /** Whether the owner has a row of a filename, one marked as deleted included. */
  async isOf(owner: ResolvedOwner, filename: string): Promise<boolean> {
    const row = await this.#dataSource.manager.findOne(this.#entity, {
      where: { ...owner.where, filename } as unknown as FindOptionsWhere<File>,
      loadEagerRelations: false,
      withDeleted: true,
    });
    return row !== null;
  }

  /**
   * Which of these filenames have a row, whosever it is, one that is only marked
   * as deleted included. Where there are replicas the primary database is asked:
   * a replica may not have a row yet.
   *
   * @param filenames - not more than one statement takes.
   */
  async findFilenames(
    filenames: readonly string[],
  ): Promise<ReadonlySet<string>> {
    return onPrimary(this.#dataSource, (manager) =>
      this.#findFilenames(filenames, manager),
    );
  }

  /**
   * Whether it is certain that no row has a filename. It is not while another's
   * transaction is open on the only connection, as SQLite's drivers have it: a
   * row that is deleted there may come back.
   */
  async isRowless(filename: string): Promise<boolean> {
    return onPrimary(this.#dataSource, async (manager) => {
      const isOpen = () => manager.queryRunner?.isTransactionActive === true;
      if (isOpen()) return false;
      const { size } = await this.#findFilenames([filename], manager);
      return size === 0 && !isOpen();
    });
  }

  /**
   * Whether what was written in a transaction may still be committed, although
   * nobody outside sees it: also after its end, if the answer to COMMIT was lost.
   */
  isUndecided({ queryRunner }: EntityManager): boolean {
    if (queryRunner?.isTransactionActive !== true) return false;
    // With one connection for all, as SQLite's drivers have it, all see it. A
    // runner that was not connected has nothing to release.
    return queryRunner !== this.#dataSource.createQueryRunner('master');
  }

  /** @returns how many were deleted. */
  async delete(
    rows: readonly File[],
    manager: EntityManager = this.#dataSource.manager,
  ): Promise<number> {
    const ids = rows.map((row) => row.id);
    const { affected } = await manager.delete(this.#entity, {
      id: In(ids),
    });
    return affected ?? 0;
  }

  async #findFilenames(
    filenames: readonly string[],
    manager: EntityManager,
  ): Promise<ReadonlySet<string>> {
    const rows = await manager
      .createQueryBuilder(this.#entity, 'file')
      .select('file.filename', 'filename')
      .withDeleted()
      .where({ filename: In(filenames) })
      .getRawMany<Pick<BaseFileEntity, 'filename'>>();
    return new Set(rows.map(({ filename }) => filename));
  }
}

/**
 * Nothing else of it reaches a query: an application may hand over what a client
 * has sent.
 */
function checkPage({ take, skip }: Page): Page {
  for (const [name, count] of Object.entries({ take, skip })) {
    if (count === undefined || (Number.isSafeInteger(count) && count >= 0)) {
      continue;
    }
    throw new ConfigurationError(
      `${name} must be a whole number from 0 on: convert what comes from a query string.`,
    );
  }
  // MySQL has no offset without a limit.
  if (skip === undefined) return take === undefined ? {} : { take };
  return { take: take ?? Number.MAX_SAFE_INTEGER, skip };
}

/** The owner has no file of a filename; whether others have is not told. */
export function noSuchFile(): FileNotFoundError {
  return new FileNotFoundError('The owner has no file of that filename.');
}
