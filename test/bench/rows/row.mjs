/** @import { Goal } from '../goal.mjs' */
/** @import { Side } from '../measure.mjs' */
/** @import { Workspace } from '../workspace.mjs' */

/**
 * What a row has measured: its figure round by round, and what the two sides
 * took.
 *
 * @typedef {object} Measured
 * @property {number[]} figures
 * @property {Side[]} [sides] - Ours first.
 */

/**
 * One line of the table.
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {(size: number) => string} what - For files of that many bytes.
 * @property {'×' | 'MiB'} unit - Of the figure.
 * @property {boolean} [inverse] - The figure is the other side's ÷ ours.
 * @property {Goal} [goal]
 * @property {string} [peer] - The package that it needs.
 * @property {(workspace: Workspace) => Promise<Measured>} measure
 */

/** Name of our side. */
export const OURS = 'nestjs-file-encryptor';

const GLOBAL_KEY_BYTES = 32;

/** The global key of one run's subjects: they read what each other has written. */
export const globalKey = Buffer.from(
  crypto.getRandomValues(new Uint8Array(GLOBAL_KEY_BYTES)),
).toString('hex');

/**
 * @param {string} path - from the benchmark's folder.
 */
export function moduleUrl(path) {
  return new URL(`../${path}`, import.meta.url);
}
