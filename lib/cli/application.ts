import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  DynamicModule,
  INestApplicationContext,
  LoggerService,
  Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CommandFailure,
  notOpened,
  oneLine,
  wrongUsage,
} from './command-failure.js';

/** Which module of an application is started. */
export interface ApplicationOptions {
  /** Path of a compiled file. */
  readonly app: string;
  /** Name of what it exports. */
  readonly export?: string;
}

/**
 * Starts an application's module without HTTP. What it logs goes to the error
 * output, from warnings on: the other one is the command's.
 *
 * @throws CommandFailure if there is no such module, or it does not start.
 */
export async function openApplication(
  options: ApplicationOptions,
): Promise<INestApplicationContext> {
  try {
    const module = await findModule(options);
    const context = await NestFactory.createApplicationContext(module, {
      // It would write the reason a second time, with a stack.
      logger: false,
      abortOnError: false,
    });
    context.useLogger(LOGGER);
    return context;
  } catch (cause) {
    if (cause instanceof CommandFailure) throw cause;
    throw notOpened('The application could not be opened', cause);
  }
}

type Module = Type | DynamicModule;

/** A module class, or what makes one when it is called. */
async function findModule({
  app,
  export: name,
}: ApplicationOptions): Promise<Module> {
  const url = pathToFileURL(resolve(app)).href;
  const found = exported((await import(url)) as Exports, name);
  const module: unknown =
    typeof found === 'function' && !isClass(found)
      ? await (found as () => unknown)()
      : found;
  if (isClass(module) || isDynamicModule(module)) return module;
  throw wrongUsage(
    `${name ?? 'AppModule'} of the file is no module class, no dynamic module, and no function that gives one; name another with --export.`,
  );
}

type Exports = Readonly<Record<string, unknown>>;

/** What CommonJS exports may lie within `default`. */
function exported(namespace: Exports, name: string | undefined): unknown {
  const inner = Object(namespace['default']) as Exports;
  if (name !== undefined) return namespace[name] ?? inner[name];
  return (
    namespace['AppModule'] ??
    inner['AppModule'] ??
    inner['default'] ??
    namespace['default']
  );
}

function isClass(value: unknown): value is Type {
  return (
    typeof value === 'function' &&
    /^class\b/.test(Function.prototype.toString.call(value))
  );
}

function isDynamicModule(value: unknown): value is DynamicModule {
  return isClass((Object(value) as Partial<DynamicModule>).module);
}

const LOGGER: LoggerService = {
  log: () => undefined,
  warn: (message: unknown) => log('warning', message),
  error: (message: unknown) => log('error', message),
};

function log(level: string, message: unknown): void {
  process.stderr.write(`${level}: ${oneLine(String(message))}\n`);
}
