import {
  type DataSource,
  type FindOptionsWhere,
  IsNull,
  LessThan,
  LessThanOrEqual,
  MoreThan,
  MoreThanOrEqual,
  Not,
  Or,
} from 'typeorm';
import type { BaseLinkEntity } from './base-link.entity.js';
import type { EntityClass } from './entity-classes.js';

/** An answer that asks to be admitted. Hashes are base64url SHA-256. */
export interface Asking {
  readonly id: number;
  /** Bytes of the answer. */
  readonly length: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Hash of the lease that the request presents. */
  readonly presented: string | undefined;
}

/** An answer that is over. */
export interface Settling {
  readonly id: number;
  /** Bytes that were admitted and not handed over. */
  readonly unspent: number;
  /** Whether the use that it took is given back. */
  readonly broken: boolean;
  /** Hash of the lease that it ran under. */
  readonly lease: string;
  /** Epoch milliseconds until which the lease can be resumed. */
  readonly leaseUntil: number;
}

type Where = FindOptionsWhere<BaseLinkEntity>;
type Changes = {
  readonly [Column in keyof BaseLinkEntity]?:
    BaseLinkEntity[Column] | (() => string);
};

/** Tries at a link's password, at most so many in so long a time. */
const MAX_ATTEMPTS = 10;
/** Milliseconds. */
export const ATTEMPTS_TIME = 15 * 60 * 1000;

/**
 * What a link counts. Each call that takes something is one conditional UPDATE
 * that checks and takes at once, so it holds for any number of processes.
 */
export class LinkCounters {
  readonly #dataSource: DataSource;
  readonly #entity: EntityClass<BaseLinkEntity>;

  constructor(dataSource: DataSource, entity: EntityClass<BaseLinkEntity>) {
    this.#dataSource = dataSource;
    this.#entity = entity;
  }

  /**
   * Takes the bytes of a part under a counted lease, and no use.
   *
   * @returns whether there was such a lease, and enough.
   */
  async takePart(
    asking: Asking & { readonly presented: string },
  ): Promise<boolean> {
    const { now, presented } = asking;
    const where: Where = {
      ...mayTake(asking),
      leaseHash: presented,
      leaseState: 'counted',
      leaseUntil: MoreThan(now),
    };
    return this.#take(asking, where, {});
  }

  /**
   * Takes a use and the bytes of an answer, and begins a lease.
   *
   * @param lease - hash of the new lease.
   * @returns whether there was enough, and no transfer under the lease that the
   * request presents.
   */
  async takeUse(asking: Asking, lease: string): Promise<boolean> {
    const { now, presented } = asking;
    const where: Where = {
      ...mayTake(asking),
      remaining: MoreThan(0),
      notBefore: Or(IsNull(), LessThanOrEqual(now)),
    };
    const idle: Where[] =
      presented === undefined
        ? [where]
        : [
            { ...where, leaseHash: Or(IsNull(), Not(presented)) },
            { ...where, leaseState: Or(IsNull(), Not('running')) },
          ];
    return this.#take(asking, idle, {
      remaining: () => `${this.#column('remaining')} - 1`,
      leaseHash: lease,
    });
  }

  /** Gives back what an answer has not used, and lets its lease go. */
  async settle(settling: Settling): Promise<void> {
    const { id, unspent, broken, lease, leaseUntil } = settling;
    const givenBack = this.#givenBack(broken);
    const isLast = await this.#update(
      { id, leaseHash: lease, leaseState: 'running' },
      {
        ...givenBack,
        leaseState: broken ? 'broken' : 'counted',
        leaseUntil,
      },
      { unspent },
    );
    // Another has begun under a lease of its own.
    if (isLast || (unspent === 0 && !broken)) return;
    await this.#update({ id }, givenBack, { unspent });
  }

  /**
   * Claims a try at the password, before it is compared.
   *
   * @param now - epoch milliseconds.
   * @returns whether one was left: 10 in 15 minutes.
   */
  async claimAttempt(id: number, now: number): Promise<boolean> {
    const first = await this.#update(
      { id, attemptsUntil: LessThanOrEqual(now) },
      { attempts: 1, attemptsUntil: now + ATTEMPTS_TIME },
    );
    if (first) return true;
    return this.#update(
      { id, attemptsUntil: MoreThan(now), attempts: LessThan(MAX_ATTEMPTS) },
      { attempts: () => `${this.#column('attempts')} + 1` },
    );
  }

  /** Gives a try back, after the right password. */
  async returnAttempt(id: number): Promise<void> {
    await this.#update(
      { id, attempts: MoreThan(0) },
      { attempts: () => `${this.#column('attempts')} - 1` },
    );
  }

  #take(
    { length, now }: Asking,
    where: Where | Where[],
    changes: Changes,
  ): Promise<boolean> {
    const all: Changes = {
      budget: () => `${this.#column('budget')} - :length`,
      leaseState: 'running',
      leaseUntil: null,
      lastUsedAt: now,
      ...changes,
    };
    return this.#update(where, all, { length });
  }

  #givenBack(broken: boolean): Changes {
    const budget = () => `${this.#column('budget')} + :unspent`;
    if (!broken) return { budget };
    return { budget, remaining: () => `${this.#column('remaining')} + 1` };
  }

  /** @returns whether a row was affected. */
  async #update(
    where: Where | Where[],
    changes: Changes,
    parameters: Readonly<Record<string, number>> = {},
  ): Promise<boolean> {
    const { affected } = await this.#dataSource.manager
      .createQueryBuilder()
      .update(this.#entity)
      .set(changes)
      .where(where)
      .setParameters(parameters)
      .updateEntity(false)
      .execute();
    return affected === 1;
  }

  /** Named as the application's naming strategy says, escaped by the driver. */
  #column(property: keyof BaseLinkEntity): string {
    const { driver } = this.#dataSource;
    const metadata = this.#dataSource.getMetadata(this.#entity);
    const column = metadata.findColumnWithPropertyName(property);
    return driver.escape(column?.databaseName ?? property);
  }
}

/** What every answer needs, whatever it takes. */
function mayTake({ id, length, now }: Asking): Where {
  return {
    id,
    budget: MoreThanOrEqual(length),
    expiresAt: MoreThan(now),
  };
}
