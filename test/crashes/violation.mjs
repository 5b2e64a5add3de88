/** A promise that was not kept. */
export class Violation extends Error {
  /**
   * @param {string} promise - which one, in few words.
   * @param {string} message - what was met.
   * @param {unknown} [details] - what helps to find out why.
   */
  constructor(promise, message, details) {
    super(`${promise}: ${message}`);
    this.name = 'Violation';
    this.promise = promise;
    this.details = details;
    /** When it was met, in words. */
    this.when = '';
  }
}

/**
 * @param {unknown} condition - what must hold.
 * @param {string} promise
 * @param {string} message
 * @param {unknown} [details]
 */
export function demand(condition, promise, message, details) {
  if (!condition) throw new Violation(promise, message, details);
}
