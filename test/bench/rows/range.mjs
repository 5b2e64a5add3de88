import { globalKey, moduleUrl } from './row.mjs';

/** @import { Row } from './row.mjs' */

const HEADER_BYTES = 74;
const CHUNK_BYTES = 64 * 1024;
const SEGMENT_OVERHEAD = 32;

/** @type {Row} */
export const rangeRow = {
  id: 'range',
  what: () =>
    'range reads, bytes read from the store ÷ header + touched segments',
  unit: '×',
  goal: { exactly: 1 },
  measure: async (workspace) => {
    const { size } = workspace;
    const input = await workspace.input();
    const module = moduleUrl('subjects/range.mjs');
    const subject = await workspace.processes.subject(module, { globalKey });
    await subject.call('prepare', input);
    const figures = [];
    for (const [start, end] of rangesOf(size)) {
      const { value } = await subject.call('read', start, end);
      figures.push(Number(value) / demanded(start, end, size));
    }
    return { figures };
  },
};

/**
 * @param {number} size
 * @returns {[number, number][]} start and end, exclusive.
 */
function rangesOf(size) {
  const middle = Math.floor(size / 2 / CHUNK_BYTES) * CHUNK_BYTES;
  return [
    [0, 1],
    [0, CHUNK_BYTES],
    [middle - 1, middle + 1],
    [middle, middle + CHUNK_BYTES],
    [middle + 1, middle + 512 * 1024],
    [size - 1, size],
    [0, size],
  ];
}

/**
 * By the format, not by the library's own reckoning.
 *
 * @param {number} start
 * @param {number} end
 * @param {number} size
 */
function demanded(start, end, size) {
  const first = Math.floor(start / CHUNK_BYTES);
  const after = Math.floor((end - 1) / CHUNK_BYTES) + 1;
  const plaintext = Math.min(after * CHUNK_BYTES, size) - first * CHUNK_BYTES;
  return HEADER_BYTES + plaintext + (after - first) * SEGMENT_OVERHEAD;
}
