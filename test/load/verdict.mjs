/** @import { Sample } from './process-watch.mjs' */

const MEBI = 1024 * 1024;

/**
 * More memory than that in the last third of the time than in the second one is
 * growth: a garbage collector leaves memory more or less full.
 */
const GROWTH = { factor: 1.2, bytes: 30 * MEBI };

/**
 * Whether memory is flat: the process is given all that it needs in the first
 * third, and needs no more later.
 *
 * @param {readonly Sample[]} samples - in equal distances.
 * @returns {string | undefined} what is wrong.
 */
export function judgeGrowth(samples) {
  const { second, last } = thirdsOf(samples);
  if (last <= second * GROWTH.factor + GROWTH.bytes) return undefined;
  return `memory grows: ${inMebi(second)} MiB in the second third, ${inMebi(last)} MiB in the last one`;
}

/**
 * @param {readonly Sample[]} samples
 * @returns {{ second: number, last: number }} the middle `rss` of each, bytes.
 */
export function thirdsOf(samples) {
  const at = (/** @type {number} */ third) =>
    Math.floor((samples.length * third) / 3);
  const middle = (/** @type {number} */ third) =>
    percentile(
      samples.slice(at(third), at(third + 1)).map(({ rss }) => rss),
      50,
    );
  return { second: middle(1), last: middle(2) };
}

/**
 * @param {readonly Sample[]} samples
 * @param {{ memory: number, temporary: number }} bounds - bytes.
 * @returns {string[]} what is wrong.
 */
export function judgeBounds(samples, { memory, temporary }) {
  const peak = Math.max(...samples.map((sample) => sample.peak));
  const most = Math.max(...samples.map((sample) => sample.temporary));
  return [
    ...(samples.length > 0 ? [] : ['nothing was measured']),
    ...(peak > memory
      ? [`memory: ${inMebi(peak)} MiB, more than ${inMebi(memory)} MiB`]
      : []),
    ...(most > temporary
      ? [`temporary files: ${most} bytes, more than ${temporary} bytes`]
      : []),
  ];
}

/**
 * @param {string} printed - what a drive has printed.
 * @returns {string[]} its lines that are no plain ones of its log.
 */
export function faultsInLog(printed) {
  return printed
    .split('\n')
    .filter((line) => line !== '' && !/^\[Nest\].* (LOG|DEBUG) \[/.test(line));
}

/**
 * @param {readonly number[]} numbers
 * @param {number} percent
 * @returns {number} so many percent of them are not above it; 0 of none.
 */
export function percentile(numbers, percent) {
  const at = Math.ceil((numbers.length * percent) / 100) - 1;
  return numbers.toSorted((one, other) => one - other)[Math.max(0, at)] ?? 0;
}

/** @param {number} bytes @returns {string} */
export function inMebi(bytes) {
  return (bytes / MEBI).toFixed(1);
}
