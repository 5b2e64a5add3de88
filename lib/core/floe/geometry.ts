import { HEADER_LENGTH, MAX_SEGMENTS, SEGMENT_OVERHEAD } from './parameters.js';

/** A run of plaintext bytes: `start` counts from 0, `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Segments of a message.
 *
 * @param size - plaintext bytes.
 * @param chunkSize - plaintext bytes of a full segment.
 * @returns max(1, ⌈size / chunkSize⌉): only an empty message has an empty segment.
 */
export function segmentCount(size: number, chunkSize: number): number {
  return Math.max(1, Math.ceil(size / chunkSize));
}

/**
 * Bytes of the container of a plaintext; the inverse of {@link plaintextSize}.
 *
 * @param size - plaintext bytes.
 * @param chunkSize - plaintext bytes of a full segment.
 * @throws RangeError if the size is no integer from 0 on, or the container would
 * have more than 2^40 segments or 2^53 − 1 bytes.
 */
export function containerSize(size: number, chunkSize: number): number {
  const segments = segmentCount(size, chunkSize);
  const total = HEADER_LENGTH + size + SEGMENT_OVERHEAD * segments;
  if (
    !Number.isSafeInteger(size) ||
    size < 0 ||
    segments > MAX_SEGMENTS ||
    !Number.isSafeInteger(total)
  ) {
    throw new RangeError(
      `A container cannot hold ${size} bytes in segments of ${chunkSize}.`,
    );
  }
  return total;
}

/**
 * Plaintext bytes of a container, by its length alone; the inverse of
 * {@link containerSize}. Nothing of it is authenticated: it becomes true when
 * the last segment verifies.
 *
 * @param total - bytes of the container.
 * @returns the size, or undefined if no plaintext has a container of that length.
 */
export function plaintextSize(
  total: number,
  chunkSize: number,
): number | undefined {
  const body = total - HEADER_LENGTH;
  const segments = Math.ceil(body / (chunkSize + SEGMENT_OVERHEAD));
  const size = body - SEGMENT_OVERHEAD * segments;
  const canonical =
    Number.isSafeInteger(total) &&
    size >= 0 &&
    segments === segmentCount(size, chunkSize) &&
    segments <= MAX_SEGMENTS;
  return canonical ? size : undefined;
}

/**
 * Where a segment begins in its container.
 *
 * @param index - position of the segment, from 0.
 */
export function segmentOffset(index: number, chunkSize: number): number {
  return HEADER_LENGTH + index * (chunkSize + SEGMENT_OVERHEAD);
}

/**
 * The segments that a range touches, both ends included.
 *
 * @param range - within the plaintext. An empty range touches the segment that
 * its start stands in; at the end of a plaintext there may be none.
 */
export function segmentsOfRange(
  { start, end }: ByteRange,
  chunkSize: number,
): { readonly first: number; readonly last: number } {
  const first = Math.floor(start / chunkSize);
  const last = Math.max(first, Math.ceil(end / chunkSize) - 1);
  return { first, last };
}
