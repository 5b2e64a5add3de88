import { SEGMENT_OVERHEAD } from '../floe/parameters.js';

/** Bytes of the store that one read or write moves, about. */
const BATCH_BYTES = 256 * 1024;

/** Segments that one read or write moves: as many as fit 256 KiB, at least one. */
export function segmentsPerBatch(chunkSize: number): number {
  return Math.max(1, Math.floor(BATCH_BYTES / (chunkSize + SEGMENT_OVERHEAD)));
}
