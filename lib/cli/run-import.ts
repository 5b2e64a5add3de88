import { stat } from 'node:fs/promises';
import type { INestApplicationContext } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { ConfigurationError } from '../core/errors.js';
import type {
  FlaskImportOptions,
  FlaskImportService,
} from '../flask/flask-import.js';
import type { FlaskColumns } from '../flask/flask-rows.js';
import type { FlaskSourceOptions } from '../flask/flask-source.js';
import { getFlaskImportServiceToken } from '../flask/inject-flask-import.js';
import { type ApplicationOptions, openApplication } from './application.js';
import {
  CommandFailure,
  EXIT,
  notOpened,
  wrongUsage,
} from './command-failure.js';
import { ImportReport } from './import-report.js';
import { Interruption } from './interruption.js';
import { openOldDatabase } from './old-database.js';
import { readOwnerMap } from './owner-map.js';

/** The command line of `import-flask`, as it is parsed. */
export interface ImportFlaskOptions extends ApplicationOptions {
  readonly name?: string;
  readonly database: string;
  readonly dataDir: string;
  readonly owner: string;
  readonly ownerMap?: string;
  readonly filesTable?: string;
  readonly tokensTable?: string;
  readonly column?: Partial<FlaskColumns>;
  readonly chunkSize?: number;
  readonly globalKeyEnv: string;
  readonly allowUnauthenticated?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly report?: string;
}

/**
 * Imports an old application.
 *
 * @returns the exit code.
 * @throws CommandFailure if it cannot begin.
 */
export async function importFlask(
  options: ImportFlaskOptions,
): Promise<number> {
  const globalKey = globalKeyOf(options);
  checkLeave(options);
  await checkFolder(options.dataDir);
  const owner = options.ownerMap
    ? await readOwnerMap(options.ownerMap, options.owner)
    : options.owner;
  const dataSource = await openOldDatabase(options.database);
  try {
    const app = await openApplication(options);
    try {
      const source = { ...sourceOf(options, dataSource), globalKey };
      return await importInto(app, source, { ...options, owner });
    } finally {
      await app.close();
    }
  } finally {
    await dataSource.destroy();
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
    const total = await service.count(source);
    const report = await ImportReport.open({ file, json, total });
    try {
      for await (const outcome of outcomes) await report.add(outcome);
      report.complete = !signal.aborted;
    } finally {
      await report.end();
    }
    return interruption.exitCode ?? (report.hasRefused ? EXIT.refused : 0);
  } catch (cause) {
    throw stopped(cause);
  } finally {
    interruption.end();
  }
}

function stopped(cause: unknown): CommandFailure {
  if (cause instanceof CommandFailure) return cause;
  if (cause instanceof ConfigurationError) {
    return wrongUsage(cause.message, cause);
  }
  return notOpened('The import could not go on, and can be run again', cause);
}

/** The key is no argument: every user of the machine can read those. */
function globalKeyOf({ globalKeyEnv }: ImportFlaskOptions): string {
  const globalKey = process.env[globalKeyEnv];
  if (globalKey !== undefined) return globalKey;
  throw wrongUsage(
    'The variable of --global-key-env, FLASK_GLOBAL_KEY if there is none, is not set: it must hold the FILE_ENCRYPTOR_GLOBAL_KEY of the old application.',
  );
}

function checkLeave({ allowUnauthenticated }: ImportFlaskOptions): void {
  if (allowUnauthenticated) return;
  throw wrongUsage(
    'Old files are not authenticated: whoever could write them could change them. Give --allow-unauthenticated to import them nevertheless.',
  );
}

/** Without it every single file would be missing. */
async function checkFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (!stats?.isDirectory()) throw wrongUsage('--data-dir is no folder.');
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
      ...(filesTable && { files: filesTable }),
      ...(tokensTable && { tokens: tokensTable }),
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
