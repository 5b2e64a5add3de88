/**
 * Numbers that look random and are the same again for the same seed: for test
 * inputs, and for nothing else.
 */
export class Random {
  #state;

  /** @param {number} seed - an integer; its lowest 32 bits count. */
  constructor(seed) {
    this.#state = seed | 0;
  }

  /** @returns {number} from 0 to 2^32 - 1; mulberry32. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** @param {number} count - 1 or more. @returns {number} from 0, below it. */
  below(count) {
    return this.next() % count;
  }

  /** @param {number} percent @returns {boolean} true as often as that. */
  chance(percent) {
    return this.below(100) < percent;
  }

  /** @template T @param {readonly T[]} some - not empty. @returns {T} */
  pick(some) {
    return some[this.below(some.length)];
  }

  /** @param {number} length @returns {Buffer} */
  bytes(length) {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
