import { Logger } from '@nestjs/common';
import { ConfigurationError, StoreError } from '../core/errors.js';
import type { KeyChain } from '../core/keys/key-chain.js';
import type { ObjectStore } from '../core/store/object-store.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import type { EntityRows } from '../entities/entity-rows.js';
import {
  describeKeys,
  type KeyReport,
  type KeyReportOptions,
  reportKeys,
} from './key-report.js';
import { checkSweepOptions, type SweepOptions } from './sweep-options.js';
import { emptyCounts, type SweepReport } from './sweep-report.js';
import { sweepStore } from './sweep.js';

/** What is needed of a configuration, and of those beside it. */
export interface MaintenancePlace {
  readonly keys: KeyChain;
  readonly store: ObjectStore;
  /** The folder for temporary files. */
  readonly temporary: { removeDead(): Promise<void> };
  /** The stores of the application's other configurations, now. */
  readonly others: () => readonly ObjectStore[];
}

type Rows = Pick<
  EntityRows<BaseFileEntity, BaseTokenEntity>,
  'files' | 'tokens'
>;

/** What is done beside the requests of an application. */
export class MaintenanceService {
  readonly #place: MaintenancePlace;
  readonly #rows: Rows | undefined;
  readonly #logger = new Logger('FileEncryptor');

  /** @internal The module makes it. */
  constructor(place: MaintenancePlace, rows?: Rows) {
    this.#place = place;
    this.#rows = rows;
  }

  /**
   * Removes what nobody can read any more: containers that no row has, as a
   * process that was killed between container and row leaves them, or a removal
   * that failed; and unfinished writes of processes that are gone. Rows are never
   * touched; one that is marked as deleted counts as one.
   *
   * An upload is protected by its age, so nothing that has changed within
   * `olderThanMs` is removed. A file grows younger with each byte that is written
   * to it; a write that rests for all that time is removed, and then fails when
   * it is completed. Nothing goes to a trash: the only key of a container stood
   * in its row. A database that is put back to an older state loses no container
   * by this that is younger than `olderThanMs`. Where rows were deleted by
   * mistake, restore them before the next sweep.
   *
   * A sweep refuses where it cannot know what belongs to the store. It has no
   * table for a mark of the store and needs none: the rows say whether the
   * database knows the containers. It sees the configurations of this application
   * alone: if another application keeps its containers in the same place, they
   * look like orphans, and only the tenth protects them. Give each its own place.
   *
   * First of all, and whether it refuses or not, it removes the temporary files
   * of processes of this host that have died; not with `dryRun`.
   *
   * It may run while files are uploaded and removed, and in several processes at
   * once. To learn the time of the store it makes an object of one byte, with
   * `dryRun` too, and removes it again.
   *
   * @returns counts; the log gets them too.
   * @throws {@link ConfigurationError} if an option is unusable, without entities,
   * or if another configuration of the application has its store in the same
   * place.
   * @throws StoreError `SWEEP_UNKNOWN_STORE` if the store has containers and none
   * of them has a row, or none that is old while more than a tenth would be
   * removed, also with `force`; `SWEEP_TOO_MANY` if more than a tenth would be
   * removed, unless `force` is set. Nothing was removed then.
   * @throws StoreError at the end, if something could not be removed; the reason
   * of `signal`; else what the database says.
   */
  async sweep(options: SweepOptions = {}): Promise<SweepReport> {
    const checked = checkSweepOptions(options);
    if (!checked.dryRun) await this.#place.temporary.removeDead();
    const { files } = this.#entities();
    await this.#refuseShared();
    const { store } = this.#place;
    const counts = emptyCounts();
    try {
      const report = await sweepStore({ store, files }, checked, counts);
      this.#logger.log(describe(report, checked));
      return report;
    } catch (error) {
      // Whoever runs it from a timer may hear of nothing else.
      if (error instanceof StoreError) {
        this.#logger.warn(`Sweep: ${error.message}`);
      }
      if (counts.removed > 0) this.#logger.warn(describe(counts, checked));
      throw error;
    }
  }

  /**
   * Counts the tokens under each global key, so that an operator sees before an
   * earlier key goes whether something is still under it, and after a start
   * whether a key is missing. It reads all tokens in batches, opens none and
   * changes nothing.
   *
   * It tells of what is there while it runs: a process that still has the old key
   * as its primary one goes on to wrap new owners under it. Copies of the database,
   * as backups, are not counted: they need the keys of their time.
   *
   * @returns counts; the log gets them too, as a warning if a key is missing or a
   * token is damaged.
   * @throws {@link ConfigurationError} without entities, or if a key provider has
   * no usable primary id.
   * @throws the reason of `signal`; else what the database says.
   */
  async keys(options: KeyReportOptions = {}): Promise<KeyReport> {
    const { tokens } = this.#entities();
    const { globalKeys } = this.#place.keys;
    const report = await reportKeys(tokens, globalKeys, options);
    const text = describeKeys(report);
    if (report.missing + report.damaged > 0) this.#logger.warn(text);
    else this.#logger.log(text);
    return report;
  }

  #entities(): Rows {
    if (!this.#rows) throw noEntities();
    return this.#rows;
  }

  async #refuseShared(): Promise<void> {
    const { store, others } = this.#place;
    for (const other of others()) {
      const isShared =
        (await store.isSamePlace(other)) || (await other.isSamePlace(store));
      if (!isShared) continue;
      throw new ConfigurationError(
        'Two configurations of FileEncryptorModule have their store in the same place: to each the containers of the other look like orphans, so neither can be swept. Give each a place of its own.',
      );
    }
  }
}

function describe(report: SweepReport, { dryRun }: SweepOptions): string {
  const { containers, orphans, unfinished, abandoned, young } = report;
  const done = dryRun
    ? `nothing was removed (dry run); ${report.bytes} bytes would be freed`
    : `${report.removed} were removed, ${report.bytes} bytes${report.kept > 0 ? `; ${report.kept} were kept, since rows have come meanwhile or a transaction is open` : ''}`;
  return `Sweep: of ${containers} containers ${orphans} are orphans, of ${unfinished} unfinished writes ${abandoned} are abandoned, ${young} are too young to tell; ${done}.`;
}

function noEntities(): ConfigurationError {
  return new ConfigurationError(
    'sweep and keys ask your rows, so they need the option entities: give the module your classes, { file, token }.',
  );
}
