import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @import { Sample } from './measure.mjs' */

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/**
 * What is measured: a module in a process of its own, so that neither its heap
 * nor its CPU time mixes with that of others. The module exports
 * `open(options)`, which returns an object of asynchronous methods.
 */
export class Subject {
  #process;
  /** @type {Map<number, { resolve: (sample: Sample) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #calls = 0;

  /** @param {URL} module */
  constructor(module) {
    this.#process = fork(CHILD, [module.href]);
    this.#process.on(
      'message',
      (/** @type {any} */ { id, error, ...sample }) => {
        const call = this.#waiting.get(id);
        this.#waiting.delete(id);
        if (error === undefined) call?.resolve(sample);
        else call?.reject(new Error(error));
      },
    );
    this.#process.once('exit', (code, signal) => {
      const error = new Error(`A measured process ended: ${signal ?? code}.`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  /**
   * Calls a method and measures it in the process that runs it.
   *
   * @param {string} method
   * @param {...unknown} args - of JSON.
   * @returns {Promise<Sample>}
   */
  call(method, ...args) {
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, method, args }, (error) => {
        if (error) reject(error);
      });
    });
  }

  /**
   * Measures the process while something is done to it from outside.
   *
   * @param {() => Promise<unknown>} work
   * @returns {Promise<Sample>}
   */
  async during(work) {
    const before = (await this.call('usage')).value;
    const start = performance.now();
    const value = await work();
    const wall = (performance.now() - start) / 1000;
    const after = (await this.call('usage')).value;
    return { value, wall, cpu: Number(after) - Number(before) };
  }

  /** Ends the process. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
      return;
    }
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
  }
}
