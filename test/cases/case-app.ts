import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { beforeAll } from 'vitest';
import type { Document } from '../e2e/documents.js';
import { receive } from '../e2e/http-client.js';
import { keysBelow } from '../e2e/keys-below.js';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import {
  type AppParts,
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
}

/** What a case's application is made of; its entities are those of all tests. */
export type CaseParts = Omit<AppParts, 'entities' | 'database'>;

/**
 * Registers the hooks of an application over a database file, and the checks
 * after each of its tests.
 */
export function useCaseApp(parts: CaseParts): CaseApp {
  const globalKey = randomBytes(32);
  const answers = new AnswerRecord();
  const running = useRunningApp({
    ...parts,
    options: { globalKey, ...parts.options },
    entities: LINKED_ENTITIES,
    database: async () => ({
      type: 'better-sqlite3',
      database: join(running.folder, 'database.sqlite'),
      entities: Object.values(LINKED_ENTITIES),
      synchronize: true,
      // What is deleted is not to be found in the file any more.
      prepareDatabase: secureDelete,
    }),
  });
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
    rows: async () => (await documents(source())).map(keyOf).toSorted(),
    descriptors: () => readdirSync('/proc/self/fd').length,
    texts: () => [running.log.text, ...answers.texts],
    keys: () => keysOf(source(), globalKey),
  };
  const checks = useAfterChecks(() => watched);
  return {
    ...checks,
    running,
    globalKey,
    get source() {
      return source();
    },
  };
}

function secureDelete(database: unknown): void {
  (database as { pragma(text: string): unknown }).pragma('secure_delete = ON');
}

function documents(source: DataSource): Promise<Document[]> {
  return source.getRepository(LINKED_ENTITIES.file).find();
}

function keyOf({ path, filename }: Document): string {
  return join(path, filename);
}

/** The global key, and every key that it leads to. */
async function keysOf(
  source: DataSource,
  globalKey: Uint8Array,
): Promise<Uint8Array[]> {
  return keysBelow<Pick<Document, 'userId'>>(globalKey, {
    tokens: await source.getRepository(LINKED_ENTITIES.token).find(),
    files: await documents(source),
    ownerOf: ({ userId }) => ({ userId }),
  });
}
