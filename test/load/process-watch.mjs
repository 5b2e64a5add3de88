import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setInterval } from 'node:timers/promises';
import { filesUnder } from '../crashes/storage.mjs';

const EVERY_MS = 500;

/**
 * What a process has at one time, in bytes, and descriptors.
 *
 * @typedef {object} Sample
 * @property {number} ms - Since the beginning.
 * @property {number} rss - Memory, with the pages of programs and files.
 * @property {number} anonymous - The part that no file is behind, such as heaps.
 * @property {number} peak - The highest `rss` so far.
 * @property {number} descriptors
 * @property {number} temporary - Of temporary files, with a name and without.
 */

/** Looks at a process from outside, by what Linux says of it in `/proc`. */
export class ProcessWatch {
  #pid;
  #tmp;
  /** @type {Sample[]} */
  samples = [];

  /** @param {number} pid @param {string} tmp - its folder for temporary files. */
  constructor(pid, tmp) {
    this.#pid = pid;
    this.#tmp = tmp;
  }

  /**
   * Looks at it again and again, as long as it lives.
   *
   * @param {AbortSignal} until
   * @param {(sample: Sample) => void} [onSample]
   */
  async run(until, onSample) {
    const start = performance.now();
    try {
      for await (const _ of setInterval(EVERY_MS, undefined, {
        signal: until,
      })) {
        const sample = await this.#look(performance.now() - start);
        this.samples.push(sample);
        onSample?.(sample);
      }
    } catch (error) {
      // It is told to stop, or the process is gone: who talks to it notices.
      if (!until.aborted && error.code !== 'ENOENT' && error.code !== 'ESRCH') {
        throw error;
      }
    }
  }

  /** @returns {number} descriptors that are open now. */
  descriptors() {
    return readdirSync(this.#folder).length;
  }

  /** @param {number} ms @returns {Promise<Sample>} */
  async #look(ms) {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    const bytes = (/** @type {string} */ name) =>
      1024 *
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
    return {
      ms,
      rss: bytes('VmRSS'),
      anonymous: bytes('RssAnon'),
      peak: bytes('VmHWM'),
      descriptors: this.descriptors(),
      temporary: await this.#temporary(),
    };
  }

  get #folder() {
    return `/proc/${this.#pid}/fd`;
  }

  async #temporary() {
    const sizes = new Map();
    const open = readdirSync(this.#folder).map((fd) => `${this.#folder}/${fd}`);
    for (const path of [...open, ...(await filesUnder(this.#tmp))]) {
      const stats = statOf(path, this.#tmp);
      if (stats) sizes.set(stats.ino, stats.size);
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }
}

/**
 * @param {string} path - of a file, or of a descriptor in `/proc`.
 * @param {string} folder
 * @returns undefined if it lies elsewhere, or is gone.
 */
function statOf(path, folder) {
  try {
    const target = path.startsWith('/proc/') ? readlinkSync(path) : path;
    return target.startsWith(`${folder}/`) ? statSync(path) : undefined;
  } catch {
    return undefined;
  }
}
