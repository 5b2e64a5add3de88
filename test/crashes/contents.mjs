import { createCipheriv, createHash } from 'node:crypto';

/** The largest file, if nothing else is said. */
export const LARGEST = 8 * 1024 * 1024;

/** The canary stands in a content once in so many bytes. */
const STEP = 512;

/**
 * What the files of a campaign hold: made from the seed and a file's number, so
 * that nothing has to be kept to know what must come back. Each content begins
 * with its number and has a canary again and again, by which plaintext is known
 * wherever it turns up.
 */
export class Contents {
  #pool;
  #largest;

  /** @param {number} seed @param {number} [largest] - bytes of a file. */
  constructor(seed, largest = LARGEST) {
    this.#largest = largest;
    const digest = createHash('sha256').update(`contents ${seed}`).digest();
    const mark = digest.toString('hex', 0, 8);
    this.canary = `canary-of-content-${mark}`;
    this.nameCanary = `canary-of-name-${mark}`;
    const cipher = createCipheriv(
      'aes-128-ctr',
      digest.subarray(0, 16),
      digest.subarray(16),
    );
    this.#pool = cipher.update(Buffer.alloc(2 * largest));
    for (let at = 0; at < this.#pool.length - STEP; at += STEP) {
      this.#pool.write(this.canary, at);
    }
  }

  /** @param {number} number @returns {string} the real name of a file. */
  nameOf(number) {
    return `${this.nameCanary}-${number}.bin`;
  }

  /** @param {number} number @param {number} size @returns {Buffer} */
  of(number, size) {
    const head = Buffer.from(`${number} ${this.canary}\n`);
    const from = (number * 7919) % this.#largest;
    const rest = Math.max(0, size - head.length);
    const body = this.#pool.subarray(from, from + rest);
    return Buffer.concat([head, body], head.length + rest).subarray(0, size);
  }
}
