import { nameFile, StoreError } from '../core/errors.js';
import type { ObjectEntry, ObjectStore } from '../core/store/object-store.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { FileRows } from '../entities/file-rows.js';
import { CLOCK_BYTES, StoreClock } from './store-clock.js';
import type { CheckedSweepOptions } from './sweep-options.js';
import {
  emptyCounts,
  type SweepCounts,
  type SweepReport,
} from './sweep-report.js';

/** What is swept, and who knows what belongs there. */
export interface SweepPlace {
  readonly store: ObjectStore;
  readonly files: Pick<FileRows<BaseFileEntity>, 'findFilenames' | 'isRowless'>;
}

/** Filenames that one statement asks for: databases limit its parameters. */
const BATCH = 500;

/** More orphans than one of so many containers are no ordinary loss. */
const TOO_MANY = 10;

/**
 * Removes containers that no row has, and unfinished writes, when they are old.
 *
 * The store is listed first and the database asked afterwards, so a row that
 * comes meanwhile is seen; it is asked again before each removal. Memory grows
 * with what has no row, some 200 bytes each, not with the store.
 *
 * @throws StoreError `SWEEP_UNKNOWN_STORE` if no container at all has a row, or
 * none that is old, above a tenth; `SWEEP_TOO_MANY` above a tenth without
 * `force`. Nothing was removed then.
 * @throws StoreError at the end, if something could not be removed.
 */
export async function sweepStore(
  place: SweepPlace,
  options: CheckedSweepOptions,
  counts: SweepCounts = emptyCounts(),
): Promise<SweepReport> {
  const { old, rowless, hasOldRow } = await findOld(place, options, counts);
  for (const entry of old) {
    options.signal?.throwIfAborted();
    await options.onOrphan?.(entry);
  }
  options.signal?.throwIfAborted();
  refuseUnknown(counts, rowless);
  refuseTooMany(counts, { ...options, hasOldRow });
  if (options.dryRun) {
    counts.bytes = old.reduce((sum, { size }) => sum + size, 0);
  } else {
    await removeAll(old, place, { ...options, counts });
  }
  return counts;
}

interface Old {
  /** All that has no row. */
  readonly rowless: readonly ObjectEntry[];
  /** What of it is old. */
  readonly old: readonly ObjectEntry[];
  /** Whether any container that is old has a row. */
  readonly hasOldRow: boolean;
}

async function findOld(
  place: SweepPlace,
  options: CheckedSweepOptions,
  counts: SweepCounts,
): Promise<Old> {
  const clock = await StoreClock.start(place.store);
  try {
    const met = await findRowless(place, clock, { ...options, counts });
    const before = clock.now - options.olderThanMs;
    const old = met.rowless.filter(({ modifiedAt }) => modifiedAt < before);
    counts.orphans = old.filter(isContainer).length;
    counts.abandoned = old.length - counts.orphans;
    counts.young = met.rowless.length - old.length;
    const hasOldRow = met.oldestKnown < before;
    return { rowless: met.rowless, old, hasOldRow };
  } finally {
    await clock.stop();
  }
}

interface Progress extends CheckedSweepOptions {
  readonly counts: SweepCounts;
}

interface Met {
  readonly rowless: readonly ObjectEntry[];
  /** Time of the oldest container that has a row, epoch milliseconds. */
  readonly oldestKnown: number;
}

async function findRowless(
  { store, files }: SweepPlace,
  clock: StoreClock,
  { counts, signal, onProgress }: Progress,
): Promise<Met> {
  const rowless: ObjectEntry[] = [];
  let oldestKnown = Infinity;
  for await (const batch of inBatches(store.list(), signal)) {
    const entries = batch.filter((entry) => !clock.reads(entry));
    const known = await files.findFilenames(entries.map(filenameOf));
    for (const entry of entries) {
      const isKnown = entry.complete && known.has(filenameOf(entry));
      const counted = isKnown || isContainer(entry);
      counts[counted ? 'containers' : 'unfinished'] += 1;
      if (isKnown) oldestKnown = Math.min(oldestKnown, entry.modifiedAt);
      if (!known.has(filenameOf(entry))) rowless.push(entry);
    }
    await onProgress?.({ ...counts });
  }
  return { rowless, oldestKnown };
}

/** What another sweep reads the time from is none. */
function isContainer({ complete, size }: ObjectEntry): boolean {
  return complete && size !== CLOCK_BYTES;
}

/**
 * With the wrong database, or one that was emptied, all containers look like
 * orphans. `force` is no answer to that.
 */
function refuseUnknown(
  { containers }: SweepReport,
  rowless: readonly ObjectEntry[],
): void {
  const unknown = rowless.filter(isContainer).length;
  if (containers === 0 || unknown < containers) return;
  throw new StoreError(
    `None of the ${containers} containers in the store has a row: this is not the database of this store, or its rows are gone. Nothing was removed. Check both, and restore the database if it is empty.`,
    { code: 'SWEEP_UNKNOWN_STORE' },
  );
}

/**
 * A database that was emptied a while ago has new rows. None of them has an old
 * container: `force` is no answer to that either.
 */
function refuseTooMany(
  { orphans, containers }: SweepReport,
  { force, hasOldRow }: CheckedSweepOptions & Pick<Old, 'hasOldRow'>,
): void {
  if (orphans * TOO_MANY <= containers) return;
  if (!hasOldRow) {
    throw new StoreError(
      `${orphans} of ${containers} containers have no row, and none of the old ones has: the rows of this store are gone, or were put into another database. Nothing was removed. Restore the database; or, if no file is kept for so long, sweep with a shorter olderThanMs.`,
      { code: 'SWEEP_UNKNOWN_STORE' },
    );
  }
  if (force) return;
  throw new StoreError(
    `${orphans} of ${containers} containers have no row, more than a tenth. Nothing was removed. Find out whether another application uses the store, or rows were lost: onOrphan tells which they are, and removes nothing with dryRun. If they are orphans indeed, sweep with force.`,
    { code: 'SWEEP_TOO_MANY' },
  );
}

async function removeAll(
  old: readonly ObjectEntry[],
  { store, files }: SweepPlace,
  { counts, signal, onProgress }: Progress,
): Promise<void> {
  const failures: unknown[] = [];
  for (const [index, entry] of old.entries()) {
    signal?.throwIfAborted();
    if (await files.isRowless(filenameOf(entry))) {
      try {
        if (await store.remove(entry.key)) {
          counts.removed += 1;
          counts.bytes += entry.size;
        }
      } catch (error) {
        failures.push(nameFile(error, filenameOf(entry)));
      }
    } else {
      counts.kept += 1;
    }
    if ((index + 1) % BATCH === 0) await onProgress?.({ ...counts });
  }
  if (failures.length === 0) return;
  throw new StoreError(
    `${counts.removed} of ${old.length} orphans were removed, and ${failures.length} could not be. The cause says of each why; the next sweep tries again.`,
    { cause: new AggregateError(failures) },
  );
}

/** The filename at the end of a key, `ab/cd/<filename>`. */
function filenameOf({ key }: ObjectEntry): string {
  return key.slice(6);
}

async function* inBatches(
  entries: AsyncIterable<ObjectEntry>,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly ObjectEntry[], void> {
  let batch: ObjectEntry[] = [];
  for await (const entry of entries) {
    signal?.throwIfAborted();
    if (batch.push(entry) < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
