import { stat } from 'node:fs/promises';
import type { FlaskColumns } from '../flask/flask-rows.js';
import type { ApplicationOptions } from './application.js';
import { wrongUsage } from './command-failure.js';
import { checkNewReport } from './import-report.js';

/** The command line of `import-flask`, as it is parsed. */
export interface ImportFlaskOptions extends ApplicationOptions {
  readonly name?: string;
  /** This one or `databaseEnv`. */
  readonly database?: string;
  readonly databaseEnv?: string;
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

/** What the environment holds: no argument, every user can read those. */
export interface ImportSecrets {
  readonly globalKey: string;
  /** A path or a URL; of `--database` as well. */
  readonly database: string;
}

/**
 * Checks what can be checked before anything is opened or read.
 *
 * @throws CommandFailure if an argument is empty or unusable.
 */
export async function checkArguments(
  options: ImportFlaskOptions,
): Promise<ImportSecrets> {
  checkFilled(options);
  const globalKey = globalKeyOf(options);
  const database = databaseOf(options);
  checkLeave(options);
  await checkNewReport(options.report);
  await checkFolder(options.dataDir);
  return { globalKey, database };
}

/**
 * A variable of the shell that is not set makes an empty argument. That is not
 * the same as none: without a map, files would go to other people.
 */
function checkFilled(options: ImportFlaskOptions): void {
  const [empty] =
    Object.entries(options).find(([, value]) => value === '') ?? [];
  if (empty === undefined) return;
  const flag = empty.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw wrongUsage(`--${flag} is empty: give it a value, or leave it out.`);
}

function globalKeyOf({ globalKeyEnv }: ImportFlaskOptions): string {
  const globalKey = process.env[globalKeyEnv];
  if (globalKey !== undefined) return globalKey;
  throw wrongUsage(
    'The variable of --global-key-env, FLASK_GLOBAL_KEY if there is none, is not set: it must hold the FILE_ENCRYPTOR_GLOBAL_KEY of the old application.',
  );
}

function databaseOf({ database, databaseEnv }: ImportFlaskOptions): string {
  if ((database === undefined) === (databaseEnv === undefined)) {
    throw wrongUsage(
      'Give the old database by --database, or the variable that holds it by --database-env; one of the two.',
    );
  }
  const text = database ?? process.env[databaseEnv ?? ''];
  if (text) return text;
  throw wrongUsage(
    'The variable of --database-env is not set, or empty: it must hold the path or the URL of the old database.',
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
