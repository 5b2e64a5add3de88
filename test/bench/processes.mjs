import { rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Subject } from './subject.mjs';

/** @typedef {{ subject: Subject, folder: string }} Running */

/** The processes of a run, each with a folder of its own. */
export class Processes {
  #folder;
  #count = 0;
  /** @type {Map<string, Promise<Running>>} */
  #running = new Map();
  #isClosed = false;

  /** @param {string} folder - where theirs are made. */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * The process of a module. Rows that ask for the same one share it.
   *
   * @param {URL} module
   * @param {object} [options] - of the subject.
   */
  async subject(module, options = {}) {
    const key = `${module.href} ${JSON.stringify(options)}`;
    const running = this.#running.get(key) ?? this.#start(module, options);
    this.#running.set(key, running);
    return (await running).subject;
  }

  /**
   * Calls a method in a process that has done nothing yet, and ends it.
   *
   * @param {URL} module
   * @param {object} options - of the subject; `folder` if it is to be another.
   * @param {[string, ...unknown[]]} call - the method and its arguments.
   * @returns {Promise<any>} what it returned.
   */
  async callFresh(module, options, [method, ...args]) {
    const key = `fresh ${this.#count}`;
    const running = this.#start(module, options);
    this.#running.set(key, running);
    const { subject } = await running;
    const { value } = await subject.call(method, ...args);
    this.#running.delete(key);
    await stop(running);
    return value;
  }

  /** Ends all processes, and removes what they have written. */
  async stopAll() {
    const running = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(running.map(stop));
  }

  /** Ends all processes, and starts no other. */
  async close() {
    this.#isClosed = true;
    await this.stopAll();
  }

  /**
   * @param {URL} module
   * @param {object} options
   * @returns {Promise<Running>}
   */
  async #start(module, options) {
    if (this.#isClosed) throw new Error('The run was interrupted.');
    this.#count += 1;
    const folder = join(this.#folder, `process-${this.#count}`);
    await mkdir(folder);
    const subject = new Subject(module);
    try {
      await subject.call('open', { folder, ...options });
    } catch (error) {
      await subject.stop();
      throw error;
    }
    return { subject, folder };
  }
}

/** @param {Promise<Running>} starting */
async function stop(starting) {
  const running = await starting.catch(() => undefined);
  // One that did not start has ended already.
  if (!running) return;
  await running.subject.stop();
  rmSync(running.folder, { recursive: true, force: true });
}
