import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { isUint8Array } from 'node:util/types';
import type { INestApplication } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { beforeAll } from 'vitest';
import type {
  EntityClasses,
  FileEncryptorOptions,
} from 'nestjs-file-encryptor';
import type { Document, DocumentToken } from '../e2e/documents.js';
import { receive } from '../e2e/http-client.js';
import { keysBelow } from '../e2e/keys-below.js';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import {
  type AppParts,
  createApp,
  type RunningApp,
  useRunningApp,
} from '../e2e/running-app.js';
import { type Case, useAfterChecks, type Watched } from './after-checks.js';
import { AnswerRecord } from './answer-record.js';

/** An application after whose every test the six checks are made. */
export interface CaseApp extends Case {
  readonly running: RunningApp;
  readonly source: DataSource;
  /** The application's global key. */
  readonly globalKey: Uint8Array;
  /**
   * Starts another application over the same database and folders, whose log and
   * answers are looked at as well. The test ends it.
   */
  another(options: Partial<FileEncryptorOptions>): Promise<AnotherApp>;
}

/** An application beside that of the suite. */
export interface AnotherApp extends AsyncDisposable {
  readonly app: INestApplication;
  readonly url: string;
}

/** Entities of an application whose owners are numbers. */
type CaseEntities = EntityClasses<Document, DocumentToken>;

/** What a case's application is made of. */
export interface CaseParts extends Omit<AppParts, 'entities'> {
  /** Those of all tests when absent; others extend them. */
  readonly entities?: CaseEntities;
  /** Entities beside them, of a database file. */
  readonly tables?: readonly (new () => object)[];
}

/**
 * Registers the hooks of an application over a database file, and the checks
 * after each of its tests.
 *
 * @param globalKey - the key behind the option of this name, where a provider of
 * keys stands there.
 */
export function useCaseApp(
  parts: CaseParts,
  globalKey: Uint8Array = randomBytes(32),
): CaseApp {
  const answers = new AnswerRecord();
  const globalKeys = [globalKey];
  const { tables = [], entities = LINKED_ENTITIES, ...others } = parts;
  const all: AppParts = {
    database: async () => ({
      type: 'better-sqlite3',
      database: join(running.folder, 'database.sqlite'),
      entities: [...tables, ...Object.values(entities)],
      synchronize: true,
      // What is deleted is not to be found in the file any more.
      prepareDatabase: secureDelete,
    }),
    ...others,
    // Looked at when the application starts: a store may lie in its folder.
    get options() {
      return { globalKey, ...parts.options };
    },
    entities,
  };
  const running = useRunningApp(all);
  const source = () => running.app.get(DataSource);
  beforeAll(async () => {
    answers.listen(running.app.getHttpServer() as Server);
    // What is opened once and for all is open before anything is counted.
    await receive(`${running.url}/nothing-there`);
  });
  const watched: Watched = {
    get folder() {
      return running.folder;
    },
    alive: () => receive(`${running.url}/nothing-there`),
    temporaryFiles: () => running.temporaryFiles(),
    containers: () => running.containers(),
    rows: async () =>
      (await documents(source(), entities)).map(keyOf).toSorted(),
    descriptors: () => readdirSync('/proc/self/fd').length,
    texts: () => [running.log.everything, ...answers.texts],
    keys: async () => {
      const below = await Promise.all(
        globalKeys.map((key) => keysOf(source(), key, entities)),
      );
      return below.flat();
    },
  };
  const checks = useAfterChecks(() => watched);
  return {
    ...checks,
    running,
    globalKey,
    get source() {
      return source();
    },
    another: (options) => {
      globalKeys.push(...[options.globalKey].flat().filter(isUint8Array));
      return startAnother(
        { ...all, options: { ...all.options, ...options } },
        { running, answers },
      );
    },
  };
}

async function startAnother(
  parts: AppParts,
  {
    running,
    answers,
  }: { readonly running: RunningApp; readonly answers: AnswerRecord },
): Promise<AnotherApp> {
  const app = await createApp(parts, running);
  answers.listen(app.getHttpServer() as Server);
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: await app.getUrl(),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

function secureDelete(database: unknown): void {
  (database as { pragma(text: string): unknown }).pragma('secure_delete = ON');
}

/** The rows of all files. */
export function documents(
  source: DataSource,
  { file }: CaseEntities = LINKED_ENTITIES,
): Promise<Document[]> {
  return source.getRepository(file).find();
}

/** The path of a row's container in the store. */
export function keyOf({ path, filename }: Document): string {
  return join(path, filename);
}

/** The global key, and every key that it leads to. */
export async function keysOf(
  source: DataSource,
  globalKey: Uint8Array,
  entities: CaseEntities = LINKED_ENTITIES,
): Promise<Uint8Array[]> {
  return keysBelow<Pick<Document, 'userId'>>(globalKey, {
    tokens: await source.getRepository(entities.token).find(),
    files: await documents(source, entities),
    ownerOf: ({ userId }) => ({ userId }),
  });
}
