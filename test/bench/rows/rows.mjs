import { eventLoopRows } from './event-loop.mjs';
import { fileToFileRows } from './file-to-file.mjs';
import { httpRows } from './http.mjs';
import { memoryRows } from './memory.mjs';
import { rangeRow } from './range.mjs';
import { smallFileRows } from './small-files.mjs';

/**
 * All rows, in the order of the table.
 *
 * @type {import('./row.mjs').Row[]}
 */
export const ROWS = [
  ...fileToFileRows,
  ...httpRows,
  ...smallFileRows,
  ...memoryRows,
  ...eventLoopRows,
  rangeRow,
];

/**
 * @param {string[] | undefined} ids
 * @throws RangeError if there is no such row.
 */
export function chooseRows(ids) {
  const known = new Set(ROWS.map(({ id }) => id));
  const unknown = ids?.filter((id) => !known.has(id)) ?? [];
  if (unknown.length > 0) {
    throw new RangeError(
      `No row ${unknown.join(', ')}. There are: ${[...known].join(', ')}.`,
    );
  }
  return ROWS.filter(({ id }) => ids?.includes(id) ?? true);
}
