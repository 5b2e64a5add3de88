import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Names the files that a subject writes, and removes them when told. */
export class Outputs {
  #folder;
  #count = 0;
  /** @type {string[]} */
  #paths = [];

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  /** A new path; the file there goes with the next `release`. */
  next() {
    const path = this.kept();
    this.#paths.push(path);
    return path;
  }

  /** A new path of a file that stays. */
  kept() {
    this.#count += 1;
    return join(this.#folder, `output-${this.#count}`);
  }

  async release() {
    for (const path of this.#paths.splice(0)) await rm(path);
  }
}
