import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import { receive } from '../e2e/http-client.js';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import { filesBelow } from '../e2e/running-app.js';
import { startedLine } from '../e2e/started-line.js';
import { type Case, useAfterChecks, type Watched } from './after-checks.js';
import { documents, keyOf, keysOf } from './case-app.js';

/** An application in a process of its own, with the six checks after each test. */
export interface CaseProcess extends Case {
  readonly folder: string;
  readonly url: string;
  readonly pid: number;
  /** What it has written to its log. */
  readonly log: string;
  /** Random names of all files, in the order in which they were saved. */
  filenames(): Promise<string[]>;
}

/** What a case's program is started with. */
export interface ProgramStart {
  /** Its folders are `data` and `tmp` in here, its database `database.sqlite`. */
  readonly folder: string;
  /** 64 hexadecimal digits. */
  readonly globalKey: string;
}

/**
 * Registers the hooks that start a program and end it, and the checks after each
 * test.
 *
 * @param start - gives the process, of which the first line of output is
 * `{ "port": number }`.
 */
export function useCaseProcess(
  start: (parts: ProgramStart) => Promise<ChildProcess>,
  timeout: number,
): CaseProcess {
  const globalKey = randomBytes(32);
  let folder = '';
  let port = 0;
  let child: ChildProcess | undefined;
  let log = '';
  const url = () => `http://127.0.0.1:${port}`;
  const pid = () => child?.pid ?? 0;
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'case-process-')));
    child = await start({ folder, globalKey: globalKey.toString('hex') });
    for (const output of [child.stderr, child.stdout]) {
      output?.on('data', (text: Buffer) => (log += String(text)));
    }
    const line = await startedLine(child);
    log = log.replace(line, '').trim();
    ({ port } = JSON.parse(line) as { readonly port: number });
    await receive(`${url()}/nothing-there`);
  }, timeout);
  afterAll(() => rm(folder, { recursive: true }));
  const watched: Watched = {
    get folder() {
      return folder;
    },
    alive: () => receive(`${url()}/nothing-there`),
    temporaryFiles: () => filesBelow(join(folder, 'tmp')),
    containers: () => filesBelow(join(folder, 'data')),
    rows: () =>
      withDatabase(folder, async (source) =>
        (await documents(source)).map(keyOf).toSorted(),
      ),
    descriptors: () => readdirSync(`/proc/${pid()}/fd`).length,
    texts: () => [log],
    keys: () => withDatabase(folder, (source) => keysOf(source, globalKey)),
  };
  return {
    ...useAfterChecks(() => watched),
    get folder() {
      return folder;
    },
    get url() {
      return url();
    },
    get pid() {
      return pid();
    },
    get log() {
      return log;
    },
    filenames: () => withDatabase(folder, filenamesOf),
  };
}

async function filenamesOf(source: DataSource): Promise<string[]> {
  const rows = await documents(source);
  return rows.toSorted((a, b) => a.id - b.id).map(({ filename }) => filename);
}

/** Reads what another process writes. */
async function withDatabase<T>(
  folder: string,
  use: (source: DataSource) => Promise<T>,
): Promise<T> {
  const source = new DataSource({
    type: 'better-sqlite3',
    database: join(folder, 'database.sqlite'),
    entities: Object.values(LINKED_ENTITIES),
    readonly: true,
  });
  await source.initialize();
  try {
    return await use(source);
  } finally {
    await source.destroy();
  }
}
