import { ConfigurationError } from '../core/errors.js';
import type { ObjectEntry } from '../core/store/object-store.js';
import type { SweepReport } from './sweep-report.js';

/** How a store is swept. */
export interface SweepOptions {
  /** Counts and refuses as it would, and removes nothing; false. */
  readonly dryRun?: boolean | undefined;
  /** Sweeps although more than a tenth of the containers are orphans; false. */
  readonly force?: boolean | undefined;
  /**
   * Milliseconds since the last change, by the store's clock, in which nothing
   * is touched: at least twice `maxUploadMs`; 30 days, or that if it is more.
   */
  readonly olderThanMs?: number | undefined;
  /**
   * The longest time in milliseconds that an upload may take, from its first byte
   * until its row is committed: from an hour on; a day.
   */
  readonly maxUploadMs?: number | undefined;
  /** Ends the sweep between two containers; it rejects with the reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Is told each orphan and abandoned write, before any is removed and also where
   * the sweep refuses: its key is `ab/cd/<filename>`. It is waited for.
   */
  readonly onOrphan?: ((entry: ObjectEntry) => unknown) | undefined;
  /** Is told the counts so far, after every 500 containers or removals, and waited for. */
  readonly onProgress?: ((soFar: SweepReport) => unknown) | undefined;
}

/** The same, checked. */
export interface CheckedSweepOptions extends SweepOptions {
  readonly olderThanMs: number;
}

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** @throws {@link ConfigurationError} if an option is unusable. */
export function checkSweepOptions(options: SweepOptions): CheckedSweepOptions {
  const { maxUploadMs = DAY } = options;
  if (!Number.isSafeInteger(maxUploadMs) || maxUploadMs < HOUR) {
    throw new ConfigurationError(
      `maxUploadMs must be a whole number of milliseconds, at least an hour (${HOUR}); leave it out for a day.`,
    );
  }
  const least = 2 * maxUploadMs;
  const { olderThanMs = Math.max(30 * DAY, least) } = options;
  if (!Number.isSafeInteger(olderThanMs) || olderThanMs < least) {
    throw new ConfigurationError(
      `olderThanMs must be a whole number of milliseconds, at least twice maxUploadMs (${least}): what is younger may be an upload that still goes on.`,
    );
  }
  for (const name of ['dryRun', 'force'] as const) {
    if (!['undefined', 'boolean'].includes(typeof options[name])) {
      throw new ConfigurationError(`${name} must be true or false.`);
    }
  }
  return { ...options, olderThanMs };
}
