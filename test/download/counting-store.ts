import { DiskStore } from '../../lib/core/store/disk-store.js';
import type { ObjectReader } from '../../lib/core/store/object-store.js';

/** Bytes `start` to `end`, exclusive, and how often they were read. */
export type ReadRun = readonly [start: number, end: number, times: number];

/** A store on the disk that counts what is read from it. */
export class CountingStore extends DiskStore {
  readonly #reads: { readonly start: number; readonly end: number }[] = [];

  override async read(key: string): Promise<ObjectReader> {
    const reader = await super.read(key);
    return {
      size: reader.size,
      read: async (into, position) => {
        const count = await reader.read(into, position);
        this.#reads.push({ start: position, end: position + count });
        return count;
      },
      close: () => reader.close(),
    };
  }

  /**
   * What has been read since the last call, of whatever object.
   *
   * @returns runs in their order, of which each is as long as can be.
   */
  take(): ReadRun[] {
    const reads = this.#reads.splice(0);
    const borders = reads.flatMap(({ start, end }) => [start, end]);
    const sorted = [...new Set(borders)].toSorted((one, two) => one - two);
    const runs: ReadRun[] = [];
    for (const [index, start] of sorted.entries()) {
      const end = sorted[index + 1];
      const within = reads.filter(
        (read) => read.start <= start && start < read.end,
      );
      if (end !== undefined && within.length > 0) {
        append(runs, [start, end, within.length]);
      }
    }
    return runs;
  }
}

function append(runs: ReadRun[], [start, end, times]: ReadRun): void {
  const last = runs.at(-1);
  if (last?.[1] === start && last[2] === times) {
    runs.splice(-1, 1, [last[0], end, times]);
  } else {
    runs.push([start, end, times]);
  }
}

const HEADER = 74;
/** Plaintext of a full segment, where nothing else is configured. */
const C = 65_536;
/** A segment's length, nonce and tag. */
const OVERHEAD = 32;

/** Segments of a file, from the first to the last, and how often each is read. */
export interface Touched {
  readonly first: number;
  readonly last: number;
  readonly times: number;
}

/** What has to be read of the container of a file for some of its segments. */
export function readRuns(
  size: number,
  { first, last, times }: Touched,
): ReadRun[] {
  const container = HEADER + size + OVERHEAD * Math.max(1, Math.ceil(size / C));
  const start = HEADER + first * (C + OVERHEAD);
  const end = Math.min(HEADER + (last + 1) * (C + OVERHEAD), container);
  return first === 0
    ? [[0, end, times]]
    : [
        [0, HEADER, times],
        [start, end, times],
      ];
}
