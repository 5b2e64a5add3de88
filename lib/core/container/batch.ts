/**
 * Plaintext that one read or write moves. Measured: 64 KiB cost up to twice as
 * much CPU; 512 KiB save little more, and make others wait twice as long.
 */
const BATCH_BYTES = 256 * 1024;

/** Tiny segments cost time by their number: a batch is done without a pause. */
const MAX_SEGMENTS = 64;

/** Segments that one read or write moves: as many as fit 256 KiB, 1 to 64. */
export function segmentsPerBatch(chunkSize: number): number {
  const fitting = Math.floor(BATCH_BYTES / chunkSize);
  return Math.min(MAX_SEGMENTS, Math.max(1, fitting));
}
