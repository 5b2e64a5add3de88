/** What a sweep has met and done. */
export interface SweepReport {
  /** Containers in the store. */
  readonly containers: number;
  /** Containers without a row that are old enough to be removed. */
  readonly orphans: number;
  /** Unfinished writes in the store. */
  readonly unfinished: number;
  /** Unfinished writes that are old enough to be removed. */
  readonly abandoned: number;
  /** Containers without a row, and unfinished writes, that are younger. */
  readonly young: number;
  /** Orphans and abandoned writes that were removed; 0 with `dryRun`. */
  readonly removed: number;
  /**
   * Those that were kept in the end: a row had come meanwhile, or a transaction
   * was open on the only connection to the database, as SQLite has it.
   */
  readonly kept: number;
  /** Bytes of what was removed; with `dryRun`, of what would be. */
  readonly bytes: number;
}

/** A report that is being filled. */
export type SweepCounts = { -readonly [Count in keyof SweepReport]: number };

/** A report of nothing. */
export function emptyCounts(): SweepCounts {
  return {
    containers: 0,
    orphans: 0,
    unfinished: 0,
    abandoned: 0,
    young: 0,
    removed: 0,
    kept: 0,
    bytes: 0,
  };
}
