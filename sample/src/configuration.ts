import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ConfigurationError,
  type FileEncryptorOptions,
  optionsFromEnv,
} from 'nestjs-file-encryptor';
import type { DataSourceOptions } from 'typeorm';
import { databaseOptions } from './database.js';
import { readOrMakeSecret } from './secret-file.js';

/** The folder of package.json, seen from the compiled `dist-sample`. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Files that one request may carry. */
const MAX_FILES = 100;

/** All that the environment decides. */
export interface Configuration {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly database: DataSourceOptions;
  readonly encryption: FileEncryptorOptions;
  /** Signs the session cookies. */
  readonly cookieSecret: string;
  /** Path of the development key; undefined when a key is configured. */
  readonly developmentKey: string | undefined;
  /** The folder of the web page. */
  readonly page: string;
  /** The drive's address in links; undefined for that of each request. */
  readonly publicUrl: string | undefined;
}

/**
 * Reads the configuration; an empty variable counts as one that is not set.
 * Makes the secrets that are neither configured nor there yet.
 *
 * @throws {@link ConfigurationError} if a variable has a value of no use. The
 * message never repeats the value.
 */
export async function readConfiguration(
  environment: NodeJS.ProcessEnv,
): Promise<Configuration> {
  const env = withoutEmpty(environment);
  const port = integer(env, 'PORT', { or: 3000, from: 0, to: 65_535 });
  const maxFileSize = integer(env, 'MAX_FILE_SIZE', {
    or: 1024 ** 3,
    from: 1,
    to: Number.MAX_SAFE_INTEGER,
  });
  const idleTimeout = integer(env, 'IDLE_TIMEOUT', {
    or: undefined,
    from: 1,
    to: 86_400,
  });
  const drive = env['DRIVE_DIR'] ?? join(ROOT, '.drive');
  const database = databaseOptions(
    env['DATABASE_URL'] ?? join(drive, 'drive.sqlite'),
  );
  const developmentKey =
    env['FILE_ENCRYPTOR_GLOBAL_KEY'] === undefined
      ? join(drive, 'development-key')
      : undefined;
  if (developmentKey) refuseSecondKey(drive, developmentKey);
  const encryption = optionsFromEnv({
    FILE_ENCRYPTOR_DATA_DIR: join(drive, 'files'),
    ...(developmentKey && {
      FILE_ENCRYPTOR_GLOBAL_KEY: await readOrMakeSecret(developmentKey),
    }),
    ...env,
  });
  return {
    host: env['HOST'] ?? '127.0.0.1',
    port,
    database,
    encryption: {
      ...encryption,
      limits: { fileSize: maxFileSize, files: MAX_FILES },
      idleTimeout,
    },
    cookieSecret: await readOrMakeSecret(join(drive, 'cookie-secret')),
    developmentKey,
    page: join(ROOT, 'sample', 'public'),
    publicUrl: address(env, 'PUBLIC_URL'),
  };
}

/** A drive that has files was made with a key: no other one opens it. */
function refuseSecondKey(drive: string, key: string): void {
  // In this order: another process that starts now makes the key first.
  if (existsSync(join(drive, 'files')) && !existsSync(key)) {
    throw new ConfigurationError(
      'The drive has files, and the key that it was made with is not there: set FILE_ENCRYPTOR_GLOBAL_KEY to it, or put the development key back.',
    );
  }
}

/** @returns the address without a `/` at its end. */
function address(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name];
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !/[?#@]/.test(url.href)) {
    return url.href.replace(/\/+$/, '');
  }
  throw new ConfigurationError(
    `${name} must be an address that begins with https:// or http://, without a name, a query or a fragment.`,
  );
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([, value]) => value?.trim() !== ''),
  );
}

function integer<Or extends number | undefined>(
  env: NodeJS.ProcessEnv,
  name: string,
  { or, from, to }: { or: Or; from: number; to: number },
): number | Or {
  const text = env[name];
  if (text === undefined) return or;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= from && value <= to) return value;
  throw new ConfigurationError(
    `${name} must be an integer from ${from} to ${to}.`,
  );
}
