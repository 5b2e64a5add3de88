import { sizeText } from './options.mjs';

/** @import { Result } from './result.mjs' */

const WIDTH = 860;
const LABELS = 420;
const BARS = 340;
const TOP = 76;
const LINE = 26;
const BOTTOM = 44;

/** Percent at the right end; longer bars are cut and say so. */
const FULL = 160;

/**
 * One bar a row: what this library takes, in percent of what it is compared
 * with. Rows without such a figure are not shown. Colours fit light and dark
 * pages.
 *
 * @param {readonly Result[]} results
 * @param {{ machine: { cpu: string, cores: number }, versions: Record<string, string | null>, size: number }} facts
 * @returns {string} an SVG document.
 */
export function chartOf(results, { machine, versions, size }) {
  const bars = results.filter(
    ({ unit, ratio, sides }) =>
      unit === '×' && ratio !== null && sides.length === 2,
  );
  const height = TOP + bars.length * LINE + BOTTOM;
  const end = TOP + bars.length * LINE;
  const where = `Files of ${sizeText(size)}; ${machine.cpu}, ${machine.cores} cores; Node ${versions.node}. Medians, lines from min to max.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="What nestjs-file-encryptor takes, in percent of what it is compared with">
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.note { font-size: 11px; fill: #57606a }
.bar { fill: #2f81f7 }
.spread, .axis { stroke: #57606a }
.axis { stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.note { fill: #9198a1 }
.spread, .axis { stroke: #9198a1 }
}
</style>
<text class="title" x="12" y="26">What nestjs-file-encryptor takes, in percent of what it is compared with</text>
<text class="note" x="12" y="46">Left of the line: less than the other. CPU time; of the first byte and small files: time; of the event loop: 99th percentile of its delay.</text>
${bars.map(barOf).join('\n')}
<line class="axis" x1="${position(100)}" y1="${TOP - 12}" x2="${position(100)}" y2="${end}"/>
<text class="note" x="${position(100)}" y="${TOP - 16}" text-anchor="middle">100 %</text>
<text class="note" x="12" y="${end + 26}">${escape(where)}</text>
</svg>
`;
}

/**
 * @param {Result} result
 * @param {number} index
 */
function barOf(result, index) {
  const y = TOP + index * LINE;
  const [low, median, high] = shares(result);
  const x = position(median);
  const middle = y + 9;
  return `<text x="${LABELS - 10}" y="${y + 14}" text-anchor="end">${escape(labelOf(result))}</text>
<rect class="bar" x="${LABELS}" y="${y}" width="${round(x - LABELS)}" height="18" rx="2"/>
<line class="spread" x1="${position(low)}" y1="${middle}" x2="${position(high)}" y2="${middle}"/>
<text x="${round(Math.max(x, position(high)) + 6)}" y="${y + 14}">${median.toFixed(median < 10 ? 1 : 0)} %${median > FULL ? ' →' : ''}</text>`;
}

/**
 * @param {Result} result
 * @returns {[number, number, number]} least, median and most percent.
 */
function shares({ ratio, min, max, inverse }) {
  const [low, median, high] = [min, ratio, max].map(Number);
  return inverse
    ? [100 / high, 100 / median, 100 / low]
    : [low * 100, median * 100, high * 100];
}

/** @param {Result} result */
function labelOf({ id, sides }) {
  return `${id.replaceAll('-', ' ')}: ${sides[1].name}`;
}

/** @param {number} percent */
function position(percent) {
  return round(LABELS + (Math.min(percent, FULL) / FULL) * BARS);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {string} text */
function escape(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
