import { SEGMENT_OVERHEAD } from '../floe/parameters.js';

/** Bytes of the store that one read or write moves, about. */
const BATCH_BYTES = 256 * 1024;

/** Tiny segments cost time by their number: a batch is done without a pause. */
const MAX_SEGMENTS = 64;

/** Segments that one read or write moves: as many as fit 256 KiB, 1 to 64. */
export function segmentsPerBatch(chunkSize: number): number {
  const fitting = Math.floor(BATCH_BYTES / (chunkSize + SEGMENT_OVERHEAD));
  return Math.min(MAX_SEGMENTS, Math.max(1, fitting));
}
