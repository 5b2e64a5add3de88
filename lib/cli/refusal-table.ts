import type { ImportOutcome } from '../flask/import-outcome.js';
import { oneLine } from './command-failure.js';

/**
 * Lines of a table of refused files: primary key of the old row, filename, code,
 * reason.
 */
export function* refusalTable(
  refused: readonly ImportOutcome[],
): Generator<string, void> {
  const widths = [0, 0, 0];
  for (const outcome of refused) {
    const cells = cellsOf(outcome);
    for (const [column, width] of widths.entries()) {
      widths[column] = Math.max(width, cells[column]?.length ?? 0);
    }
  }
  for (const outcome of refused) {
    const cells = cellsOf(outcome).map((cell, column) =>
      cell.padEnd(widths[column] ?? 0),
    );
    yield `${cells.join('  ')}\n`;
  }
}

/** What stands in a hostile row may be long, and is no key or filename. */
function cellsOf({ id, filename, code, reason }: ImportOutcome): string[] {
  const cells = [shortened(String(id), 64), shortened(filename, 40)];
  return [...cells, code ?? '', reason ?? ''].map(oneLine);
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
