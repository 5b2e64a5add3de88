import type { GlobalKeys } from '../core/keys/key-chain.js';
import { keyIdOf } from '../core/keys/wrapped-key.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import type { TokenRows } from '../entities/token-rows.js';

/** Which global keys the tokens need. */
export interface KeyReport {
  /** Tokens in the database, those that are marked as deleted included. */
  readonly tokens: number;
  /**
   * The primary key, then the other configured ones in their order, then those
   * that tokens need beside them. Where a key provider is configured, its primary
   * key is all that is known of its keys.
   */
  readonly keys: readonly KeyUse[];
  /** Tokens under keys that are not configured: their files cannot be read. */
  readonly missing: number;
  /** Tokens whose value is no wrapped key: it was damaged. */
  readonly damaged: number;
}

/** What hangs on one global key. */
export interface KeyUse {
  /** Its id, which is no secret. */
  readonly id: string;
  /** Tokens that it has wrapped: without it, nothing of their owners opens. */
  readonly tokens: number;
  /** Whether it wraps what is wrapped from now on. */
  readonly isPrimary: boolean;
  /** Whether it is configured; undefined where only a key provider knows. */
  readonly isAvailable: boolean | undefined;
}

/** How the keys are counted. */
export interface KeyReportOptions {
  /** Ends it between two batches of tokens; it rejects with the reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Counts the tokens under each global key. Reads them a batch at a time, by what
 * stands in clear in front of their values, and opens none.
 */
export async function reportKeys(
  tokens: Pick<TokenRows<BaseTokenEntity>, 'allValues'>,
  { primaryId, configured }: GlobalKeys,
  { signal }: KeyReportOptions,
): Promise<KeyReport> {
  const counts = new Map((configured ?? [primaryId]).map((id) => [id, 0]));
  let damaged = 0;
  signal?.throwIfAborted();
  for await (const values of tokens.allValues()) {
    signal?.throwIfAborted();
    for (const value of values) {
      const id = keyIdOf(value);
      if (id === undefined) damaged += 1;
      else counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  const keys = [...counts].map(([id, count]) => ({
    id,
    tokens: count,
    isPrimary: id === primaryId,
    isAvailable: id === primaryId || configured?.includes(id),
  }));
  const readable = sum(keys);
  const missing = sum(keys.filter(isMissing));
  return { tokens: readable + damaged, keys, missing, damaged };
}

/** Keys that a line of the log names: whoever writes rows can invent many. */
const NAMED = 10;

/** One line for the log: what is missing first, the most needed before others. */
export function describeKeys(report: KeyReport): string {
  const { tokens, missing, damaged } = report;
  const keys = [
    ...report.keys.filter(isMissing).toSorted((a, b) => b.tokens - a.tokens),
    ...report.keys.filter((key) => !isMissing(key)),
  ];
  const named = keys
    .slice(0, NAMED)
    .map((key) => `${key.tokens} are under key ${key.id} (${stateOf(key)})`);
  const more = sum(keys.slice(NAMED));
  const parts = [
    ...named,
    ...(more > 0 ? [`${more} are under others`] : []),
    ...(damaged > 0 ? [`${damaged} are no wrapped keys`] : []),
  ];
  const lost =
    missing > 0 ? `${missing} need a key that is not configured; ` : '';
  return `Keys: of ${tokens} tokens ${lost}${parts.join(', ')}.`;
}

function isMissing({ isAvailable }: KeyUse): boolean {
  return isAvailable === false;
}

function stateOf({ isPrimary, isAvailable }: KeyUse): string {
  if (isPrimary) return 'primary';
  if (isAvailable === undefined) return 'earlier or unknown';
  return isAvailable ? 'earlier' : 'NOT AVAILABLE: give it back';
}

function sum(keys: readonly KeyUse[]): number {
  return keys.reduce((total, { tokens }) => total + tokens, 0);
}
