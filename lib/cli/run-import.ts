import type { INestApplicationContext } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ConfigurationError, FileEncryptorError } from '../core/errors.js';
import type {
  FlaskImportOptions,
  FlaskImportService,
} from '../flask/flask-import.js';
import {
  type FlaskSourceOptions,
  openFlaskSource,
} from '../flask/flask-source.js';
import { getFlaskImportServiceToken } from '../flask/inject-flask-import.js';
import { openApplication } from './application.js';
import {
  CommandFailure,
  EXIT,
  notOpened,
  reasonOf,
  wrongUsage,
} from './command-failure.js';
import { checkArguments, type ImportFlaskOptions } from './import-arguments.js';
import { ImportReport } from './import-report.js';
import { Interruption } from './interruption.js';
import { openOldDatabase } from './old-database.js';
import { readOwnerMap } from './owner-map.js';

/**
 * Imports an old application.
 *
 * @returns the exit code.
 * @throws CommandFailure if it cannot begin, or not go on.
 */
export async function importFlask(
  options: ImportFlaskOptions,
): Promise<number> {
  const { globalKey, database } = await checkArguments(options);
  const { ownerMap } = options;
  const owner =
    ownerMap === undefined
      ? options.owner
      : await readOwnerMap(ownerMap, options.owner);
  const dataSource = await openOldDatabase(database);
  try {
    const app = await openApplication(options);
    try {
      const source = { ...sourceOf(options, dataSource), globalKey };
      return await importInto(app, source, { ...options, owner });
    } finally {
      await closeLast('application', () => app.close());
    }
  } finally {
    await closeLast('old database', () => dataSource.destroy());
  }
}

/** All is done and told by then: what fails here changes nothing of it. */
async function closeLast(
  what: string,
  close: () => Promise<void>,
): Promise<void> {
  try {
    await close();
  } catch (error) {
    process.stderr.write(
      `warning: The ${what} could not be closed: ${reasonOf(error)}\n`,
    );
  }
}

type Begun = Omit<ImportFlaskOptions, 'owner'> &
  Pick<FlaskImportOptions, 'owner'>;

async function importInto(
  app: INestApplicationContext,
  source: FlaskSourceOptions,
  options: Begun,
): Promise<number> {
  const service = serviceOf(app, options.name);
  const interruption = new Interruption();
  const { signal } = interruption;
  const { report: file, json = false } = options;
  try {
    const outcomes = service.run(source, { ...options, signal });
    const total = await countReadable(source);
    const report = await ImportReport.open({ file, json, total });
    try {
      for await (const outcome of outcomes) await report.add(outcome);
      report.complete =
        !signal.aborted || report.seen === (await service.count(source));
    } finally {
      await report.end();
    }
    const code = report.hasRefused ? EXIT.refused : 0;
    return report.complete ? code : (interruption.exitCode ?? code);
  } catch (cause) {
    throw stopped(cause);
  } finally {
    interruption.end();
  }
}

/**
 * Counts the old rows, and reads one of each table: a name that is wrong would
 * fail again and again.
 */
async function countReadable(source: FlaskSourceOptions): Promise<number> {
  const { rows } = openFlaskSource(source);
  try {
    const total = await rows.count();
    for await (const { userId } of rows.all()) {
      // Somebody without a token is told of with the file.
      if (userId !== undefined) await rows.token(userId).catch(unlessRefusal);
      break;
    }
    return total;
  } catch (cause) {
    if (cause instanceof FileEncryptorError) throw cause;
    throw notOpened(
      'The old tables could not be read, see whether --files-table, --tokens-table and --column name what is there',
      cause,
    );
  }
}

function unlessRefusal(error: unknown): void {
  if (!(error instanceof FileEncryptorError)) throw error;
}

function stopped(cause: unknown): CommandFailure {
  if (cause instanceof CommandFailure) return cause;
  if (cause instanceof ConfigurationError) {
    return wrongUsage(cause.message, cause);
  }
  return notOpened('The import could not go on, and can be run again', cause);
}

function sourceOf(
  options: ImportFlaskOptions,
  dataSource: DataSource,
): Omit<FlaskSourceOptions, 'globalKey'> {
  const { dataDir, chunkSize, column, filesTable, tokensTable } = options;
  return {
    dataSource,
    dataDir,
    chunkSize,
    tables: {
      ...(filesTable !== undefined && { files: filesTable }),
      ...(tokensTable !== undefined && { tokens: tokensTable }),
    },
    columns: column,
    allowUnauthenticated: true,
  };
}

function serviceOf(
  app: INestApplicationContext,
  name: string | undefined,
): FlaskImportService {
  try {
    const token = getFlaskImportServiceToken(name);
    return app.get<FlaskImportService>(token, { strict: false });
  } catch (cause) {
    throw wrongUsage(
      'The application has no such configuration of FileEncryptorModule: give its name with --name, and run the command that is installed in the application.',
      cause,
    );
  }
}
