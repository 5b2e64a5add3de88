import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** @import { ParseArgsConfig } from 'node:util' */

const SAMPLE = fileURLToPath(
  new URL('../dist-sample/main.js', import.meta.url),
);

/** The option of a command that starts the compiled sample. */
export const MAIN_OPTION = {
  main: /** @type {const} */ ({ type: 'string', default: SAMPLE }),
};

/**
 * Runs a command of the tests: `--help` prints its usage; where it cannot run, it
 * ends with 2.
 *
 * @template {NonNullable<ParseArgsConfig['options']>} Options
 * @param {string} usage
 * @param {Options} options - as `parseArgs` takes them.
 * @param {(values: any) => Promise<void>} act - gets their values.
 */
export async function runCommand(usage, options, act) {
  try {
    const help = /** @type {const} */ ({ type: 'boolean', default: false });
    const { values } = parseArgs({ options: { ...options, help } });
    if (values.help) console.log(usage);
    else await act(values);
  } catch (error) {
    console.error(error);
    process.exitCode = 2;
  }
}

/** @param {string} option @param {string} text @returns {number} */
export function integer(option, text) {
  const value = Number(text);
  if (text !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`--${option} is a number from 0 on, not ${text}.`);
}

/** Counts in one line. @param {Readonly<Record<string, number>>} counts */
export function list(counts) {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
