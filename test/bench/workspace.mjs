import { randomFillSync } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Processes } from './processes.mjs';

/**
 * The folder and the processes of a run. Both are gone when it is closed, and
 * when the run is interrupted.
 */
export class Workspace {
  /** Bytes of a file. */
  size;
  rounds;
  processes;
  #folder;
  #interruption = new AbortController();
  /** @type {Map<string, Promise<any>>} */
  #made = new Map();
  #paths = 0;

  /**
   * @param {string} folder
   * @param {{ size: number, rounds: number }} options
   */
  constructor(folder, { size, rounds }) {
    this.#folder = folder;
    this.size = size;
    this.rounds = rounds;
    this.processes = new Processes(folder);
  }

  /** @param {{ size: number, rounds: number }} options */
  static async open(options) {
    const folder = await mkdtemp(join(tmpdir(), 'file-encryptor-bench-'));
    const workspace = new Workspace(folder, options);
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
      process.once(signal, () => void workspace.#interrupt());
    }
    return workspace;
  }

  /**
   * A path that nobody else has.
   *
   * @param {string} name
   */
  path(name) {
    this.#paths += 1;
    return join(this.#folder, `${name}-${this.#paths}`);
  }

  /**
   * A file of random bytes, made once for each size.
   *
   * @param {number} [size]
   * @returns {Promise<string>}
   */
  input(size = this.size) {
    return this.once(`input-${size}`, () =>
      writeRandom(this.path('input'), size),
    );
  }

  /**
   * What several rows share is made once.
   *
   * @template T
   * @param {string} key
   * @param {() => Promise<T>} make
   * @returns {Promise<T>}
   */
  once(key, make) {
    const made = this.#made.get(key) ?? make();
    this.#made.set(key, made);
    return made;
  }

  /** Aborted when the run is interrupted. */
  get signal() {
    return this.#interruption.signal;
  }

  async #interrupt() {
    this.#interruption.abort();
    await this.close();
    process.exit(130);
  }

  async close() {
    await this.processes.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} path
 * @param {number} size
 */
async function writeRandom(path, size) {
  const block = randomFillSync(Buffer.alloc(1024 * 1024));
  const file = await open(path, 'wx');
  try {
    for (let left = size; left > 0; left -= block.length) {
      await file.writeFile(block.subarray(0, left));
    }
  } finally {
    await file.close();
  }
  return path;
}
