import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chartOf } from './chart.mjs';
import { goalText } from './goal.mjs';
import { describeMachine, describeVersions } from './machine.mjs';
import { parseOptions, sizeText, USAGE } from './options.mjs';
import { measureRow } from './result.mjs';
import { chooseRows } from './rows/rows.mjs';
import { tableOf } from './table.mjs';
import { Workspace } from './workspace.mjs';

/** @import { Options } from './options.mjs' */
/** @import { Result } from './result.mjs' */
/** @import { Row } from './rows/row.mjs' */

try {
  const options = parseOptions(process.argv.slice(2));
  const rows = chooseRows(options.rows);
  if (options.help) console.log(USAGE);
  else if (options.list) console.log(rows.map(listed(options)).join('\n'));
  else await run(rows, options);
} catch (error) {
  console.error(isExpected(error) ? String(error) : error);
  process.exitCode = 2;
}

/**
 * @param {Row[]} rows
 * @param {Options} options
 */
async function run(rows, options) {
  if (
    !existsSync(fileURLToPath(import.meta.resolve('nestjs-file-encryptor')))
  ) {
    throw new RangeError('The library is not built: npm run build.');
  }
  const machine = await describeMachine();
  const versions = describeVersions();
  const results = await measure(rows, options);
  const { size, rounds, json, svg } = options;
  console.log(
    [
      `Files of ${sizeText(size)}, ${rounds} rounds, medians (min–max).`,
      `Machine: ${listOf(machine)}`,
      `Versions: ${listOf(versions)}`,
      '',
      tableOf(results),
    ].join('\n'),
  );
  const everything = { machine, versions, size, rounds, rows: results };
  if (json) await writeFile(json, `${JSON.stringify(everything, null, 2)}\n`);
  if (svg) await writeFile(svg, chartOf(results, { machine, versions, size }));
  if (results.some(({ failed }) => failed !== undefined)) process.exitCode = 1;
}

/**
 * @param {Row[]} rows
 * @param {Options} options
 */
async function measure(rows, options) {
  const workspace = await Workspace.open(options);
  /** @type {Result[]} */
  const results = [];
  try {
    for (const row of rows) {
      const start = performance.now();
      process.stderr.write(`${row.id} … `);
      results.push(await measureRow(row, workspace));
      const seconds = (performance.now() - start) / 1000;
      process.stderr.write(`${seconds.toFixed(1)} s\n`);
    }
  } finally {
    await workspace.close();
  }
  return results;
}

/**
 * @param {any} error
 * @returns {boolean} whether it was the command line, or an interruption.
 */
function isExpected(error) {
  return (
    error instanceof RangeError ||
    error?.name === 'AbortError' ||
    error?.code?.startsWith('ERR_PARSE_ARGS')
  );
}

/** @param {Options} options */
function listed({ size }) {
  return (/** @type {Row} */ { id, what, goal }) =>
    `${id.padEnd(24)} ${(goalText(goal) ?? '').padEnd(8)} ${what(size)}`;
}

/** @param {Record<string, string | number | null>} facts */
function listOf(facts) {
  return Object.entries(facts)
    .map(([name, value]) => `${name} ${value ?? 'not installed'}`)
    .join(', ');
}
