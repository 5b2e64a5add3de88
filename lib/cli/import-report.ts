import { type FileHandle, open } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import type { ImportOutcome } from '../flask/import-outcome.js';
import { oneLine, wrongUsage } from './command-failure.js';

/** Where and how an import is told. */
export interface ReportOptions {
  /** Gets one JSON object a line, as the output does with `json`. */
  readonly file: string | undefined;
  /** JSON objects on the output, in the place of a table. */
  readonly json: boolean;
  /** Rows of the old application. */
  readonly total: number;
}

type Totals = Record<ImportOutcome['outcome'], number>;

/** Tells what becomes of files, one by one, and at the end of all. */
export class ImportReport {
  /** Whether all rows were looked at. */
  complete = false;
  readonly #json: boolean;
  readonly #file: FileHandle | undefined;
  readonly #bar: SingleBar | undefined;
  readonly #totals: Totals = {
    imported: 0,
    importable: 0,
    present: 0,
    refused: 0,
  };
  readonly #refused: ImportOutcome[] = [];

  private constructor(options: ReportOptions, file: FileHandle | undefined) {
    this.#json = options.json;
    this.#file = file;
    this.#bar = startBar(options);
  }

  /** @throws CommandFailure if the file cannot be written. */
  static async open(options: ReportOptions): Promise<ImportReport> {
    return new ImportReport(options, await openFile(options.file));
  }

  get hasRefused(): boolean {
    return this.#refused.length > 0;
  }

  async add(outcome: ImportOutcome): Promise<void> {
    this.#totals[outcome.outcome] += 1;
    if (outcome.outcome === 'refused') this.#refused.push(outcome);
    await this.#tell(outcome);
    this.#bar?.increment();
  }

  /** Tells the totals, and closes what is open. */
  async end(): Promise<void> {
    this.#bar?.stop();
    const { complete } = this;
    await this.#tell({ totals: this.#totals, complete });
    await this.#file?.close();
    if (!this.#json) process.stdout.write(this.#summary());
  }

  async #tell(object: object): Promise<void> {
    const line = `${JSON.stringify(object)}\n`;
    await this.#file?.write(line);
    if (this.#json) process.stdout.write(line);
  }

  #summary(): string {
    const counts = Object.entries(this.#totals)
      .filter(([, count]) => count > 0)
      .map(([outcome, count]) => `${count} ${outcome}`);
    const totals = counts.join(', ') || 'no files';
    const rest = this.complete ? '' : '; not all rows were looked at';
    return `${totals}${rest}\n${table(this.#refused)}`;
  }
}

/** Columns: primary key of the old row, filename, code, reason. */
function table(refused: readonly ImportOutcome[]): string {
  const cells = refused.map(({ id, filename, code = '', reason = '' }) =>
    [String(id), shown(filename), code, reason].map(oneLine),
  );
  const widths = [0, 1, 2].map((column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const lines = cells.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  return lines.map((line) => `${line}\n`).join('');
}

/** What stands in a hostile row may be long, and is no filename. */
function shown(filename: string): string {
  return filename.length > 40 ? `${filename.slice(0, 39)}…` : filename;
}

function startBar({ json, total }: ReportOptions): SingleBar | undefined {
  if (json || !process.stderr.isTTY) return undefined;
  const bar = new SingleBar({
    format: '{bar} {value}/{total}, {eta_formatted} to go',
    stream: process.stderr,
  });
  bar.start(total, 0);
  return bar;
}

async function openFile(
  path: string | undefined,
): Promise<FileHandle | undefined> {
  if (path === undefined) return undefined;
  try {
    return await open(path, 'w', 0o600);
  } catch (cause) {
    throw wrongUsage('The file of --report cannot be written.', cause);
  }
}
