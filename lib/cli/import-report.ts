import { type FileHandle, lstat, open } from 'node:fs/promises';
import type { ImportOutcome } from '../flask/import-outcome.js';
import { type CommandFailure, wrongUsage } from './command-failure.js';
import { CommandOutput } from './command-output.js';
import { type ImportProgress, startProgress } from './import-progress.js';
import { refusalTable } from './refusal-table.js';

/** Where and how an import is told. */
export interface ReportOptions {
  /** A new file: gets one JSON object a line, as the output does with `json`. */
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
  readonly #output = new CommandOutput();
  readonly #progress: ImportProgress | undefined;
  readonly #totals: Totals = {
    imported: 0,
    importable: 0,
    present: 0,
    refused: 0,
  };
  /** For the table: with JSON they are told already. */
  readonly #refused: ImportOutcome[] = [];

  private constructor(
    { json, total }: ReportOptions,
    file: FileHandle | undefined,
  ) {
    this.#json = json;
    this.#file = file;
    this.#progress = json
      ? undefined
      : startProgress(total, () => this.#counts());
  }

  /** @throws CommandFailure if the file is there already, or cannot be written. */
  static async open(options: ReportOptions): Promise<ImportReport> {
    return new ImportReport(options, await openFile(options.file));
  }

  get hasRefused(): boolean {
    return this.#totals.refused > 0;
  }

  /** How many rows were looked at. */
  get seen(): number {
    return Object.values(this.#totals).reduce((sum, count) => sum + count, 0);
  }

  async add(outcome: ImportOutcome): Promise<void> {
    this.#totals[outcome.outcome] += 1;
    if (outcome.outcome === 'refused' && !this.#json) {
      this.#refused.push(outcome);
    }
    await this.#tell(outcome);
    this.#progress?.increment();
  }

  /** Tells the totals, and closes what is open. */
  async end(): Promise<void> {
    this.#progress?.stop();
    try {
      const { complete } = this;
      await this.#tell({ totals: this.#totals, complete });
      if (!this.#json) await this.#summarize();
    } finally {
      await this.#file?.close();
    }
  }

  async #tell(object: object): Promise<void> {
    const line = `${JSON.stringify(object)}\n`;
    await this.#file?.write(line);
    if (this.#json) await this.#output.write(line);
  }

  async #summarize(): Promise<void> {
    const rest = this.complete ? '' : '; not all rows were looked at';
    await this.#output.write(`${this.#counts()}${rest}\n`);
    for (const line of refusalTable(this.#refused)) {
      await this.#output.write(line);
    }
  }

  #counts(): string {
    const counts = Object.entries(this.#totals)
      .filter(([, count]) => count > 0)
      .map(([outcome, count]) => `${count} ${outcome}`);
    return counts.join(', ') || 'no files';
  }
}

/**
 * Looks, before anything else is done, whether a report would be written over
 * what is there.
 *
 * @throws CommandFailure if it would.
 */
export async function checkNewReport(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const stats = await lstat(path).catch(() => undefined);
  if (stats) throw isThere();
}

async function openFile(
  path: string | undefined,
): Promise<FileHandle | undefined> {
  if (path === undefined) return undefined;
  try {
    return await open(path, 'wx', 0o600);
  } catch (cause) {
    const { code } = Object(cause) as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw isThere(cause);
    throw wrongUsage('The file of --report cannot be written.', cause);
  }
}

function isThere(cause?: unknown): CommandFailure {
  return wrongUsage(
    'The file of --report is there already: name a new one.',
    cause,
  );
}
