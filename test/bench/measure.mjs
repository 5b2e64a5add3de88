/**
 * One measured call of a process.
 *
 * @typedef {object} Sample
 * @property {number} cpu - Seconds of user and system time, all threads.
 * @property {number} wall - Seconds.
 * @property {any} [value] - What the call returned.
 */

/**
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} min
 * @property {number} max
 */

/**
 * What one side of a comparison took.
 *
 * @typedef {object} Side
 * @property {string} name
 * @property {string} unit - Of `used`: `CPU s`, `ms`, …
 * @property {Spread} used
 * @property {Spread} wall - Seconds.
 */

/**
 * Runs A B A B …, since only figures of one and the same minute compare.
 *
 * @template T
 * @param {number} rounds
 * @param {readonly (() => Promise<T>)[]} runs
 * @param {{ warmUps?: number }} [options] - Rounds before, that are not counted.
 * @returns {Promise<T[][]>} for each of the runs, its results round by round.
 */
export async function interleave(rounds, runs, { warmUps = 1 } = {}) {
  /** @type {T[][]} */
  const results = runs.map(() => []);
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const [index, run] of runs.entries()) {
      const result = await run();
      if (round >= 0) results[index].push(result);
    }
  }
  return results;
}

/**
 * @param {readonly number[]} values
 * @returns {Spread}
 */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/**
 * The ratio of each round.
 *
 * @param {readonly Sample[]} above
 * @param {readonly Sample[]} below
 * @param {'cpu' | 'wall'} [what]
 */
export function ratios(above, below, what = 'cpu') {
  return above.map((sample, round) => sample[what] / below[round][what]);
}

/**
 * @param {string} name
 * @param {readonly Sample[]} samples
 * @returns {Side}
 */
export function side(name, samples) {
  return {
    name,
    unit: 'CPU s',
    used: spread(samples.map(({ cpu }) => cpu)),
    wall: spread(samples.map(({ wall }) => wall)),
  };
}
