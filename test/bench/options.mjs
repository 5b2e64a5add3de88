import { parseArgs } from 'node:util';

/**
 * What a run is to do, as the command line says it.
 *
 * @typedef {object} Options
 * @property {number} size - Bytes of a file; every row's sizes follow from it.
 * @property {number} rounds - Measured rounds of a row, after one to warm up.
 * @property {string[] | undefined} rows - Ids; all rows when undefined.
 * @property {string | undefined} json - Where the results go as JSON.
 * @property {string | undefined} svg - Where the chart goes.
 * @property {boolean} list - Whether to print the rows only.
 * @property {boolean} help - Whether to print the usage only.
 */

export const USAGE = `Usage: npm run bench -- [options]

  --size SIZE    bytes of a file, such as 128MiB (the default) or 16MiB;
                 the sizes of all rows follow from it
  --rounds N     measured rounds of each row (5)
  --rows A,B     only these rows
  --quick        the same as --size 8MiB --rounds 3
  --json FILE    write the results as JSON
  --svg FILE     write the results as a bar chart
  --list         print the rows and their goals
  --help         print this`;

/**
 * @param {string[]} args
 * @returns {Options}
 */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      size: { type: 'string' },
      rounds: { type: 'string' },
      rows: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      svg: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { quick, json, svg, list, help } = values;
  return {
    size: parseSize(values.size ?? (quick ? '8MiB' : '128MiB')),
    rounds: parseRounds(values.rounds ?? (quick ? '3' : '5')),
    rows: values.rows?.split(',').map((id) => id.trim()),
    json,
    svg,
    list,
    help,
  };
}

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** Below it a row measures the start of a process rather than its work. */
const SMALLEST = UNITS.MiB;

/**
 * @param {string} text
 * @returns {number} bytes.
 */
function parseSize(text) {
  const [, digits, unit = 'B'] = /^(\d+)\s*(B|KiB|MiB|GiB)?$/.exec(text) ?? [];
  const size = Number(digits) * UNITS[/** @type {keyof UNITS} */ (unit)];
  if (!Number.isSafeInteger(size) || size < SMALLEST) {
    throw new RangeError(
      `--size is a size of at least 1MiB, such as 16MiB or 1GiB, not ${text}.`,
    );
  }
  return size;
}

/** @param {string} text */
function parseRounds(text) {
  const rounds = Number(text);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds is a number of at least 1, not ${text}.`);
  }
  return rounds;
}

/**
 * @param {number} bytes
 * @returns {string} such as `64 MiB`.
 */
export function sizeText(bytes) {
  const unit = /** @type {const} */ (['GiB', 'MiB', 'KiB', 'B']).find(
    (name) => bytes % UNITS[name] === 0,
  );
  return `${bytes / UNITS[unit ?? 'B']} ${unit}`;
}
