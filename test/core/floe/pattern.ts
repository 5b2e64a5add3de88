const PERIOD = Buffer.from(Array.from({ length: 251 }, (_, index) => index));

/**
 * A plaintext that is easy to know again: byte i is i mod 251. The period is a
 * prime, so that no two segments of a message look alike.
 */
export function pattern(size: number): Buffer {
  return Buffer.alloc(size, PERIOD);
}
