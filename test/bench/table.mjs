/** @import { Side, Spread } from './measure.mjs' */
/** @import { Result } from './result.mjs' */

const HEAD = ['row', 'ratio (min–max)', 'goal', 'ok', 'ours', 'other'];

/**
 * The results as a table in Markdown, and what each row means below it.
 *
 * @param {readonly Result[]} results
 */
export function tableOf(results) {
  const rows = [HEAD, ...results.map(cellsOf)];
  const widths = HEAD.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column].length)),
  );
  const line = (/** @type {string[]} */ cells) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const [head, ...body] = rows.map(line);
  const rule = line(widths.map((width) => '-'.repeat(width)));
  const meanings = results.map(meaningOf);
  return [head, rule, ...body, '', ...meanings].join('\n');
}

/**
 * @param {Result} result
 * @returns {string[]}
 */
function cellsOf({ id, unit, ratio, min, max, goal, ok, sides, ...rest }) {
  const [ours, other] = sides.map(sideText);
  const figure =
    ratio === null || min === null || max === null
      ? rest.failed === undefined
        ? 'skipped'
        : 'failed'
      : `${spreadText({ median: ratio, min, max })}${unit === 'MiB' ? ' MiB' : ''}`;
  const verdict = { true: 'yes', false: 'no', null: '' }[String(ok)] ?? '';
  return [id, figure, goal ?? '', verdict, ours ?? '', other ?? ''];
}

/** @param {Result} result */
function meaningOf({ id, what, sides, skipped, failed }) {
  const other = sides[1] ? ` Other: ${sides[1].name}.` : '';
  if (skipped !== undefined) return `- ${id}: ${what}. Skipped: ${skipped}`;
  if (failed !== undefined) return `- ${id}: ${what}. Failed: ${failed}`;
  return `- ${id}: ${what}.${other}`;
}

/** @param {Side} side */
function sideText({ unit, used, wall }) {
  return `${spreadText(used)} ${unit}; wall ${figureText(wall.median)} s`;
}

/** @param {Spread} spread */
function spreadText({ median, min, max }) {
  return `${figureText(median)} (${figureText(min)}–${figureText(max)})`;
}

/**
 * @param {number} value
 * @returns {string} three significant digits.
 */
export function figureText(value) {
  if (value === 0) return '0';
  const digits = 2 - Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(4, Math.max(0, digits)));
}
