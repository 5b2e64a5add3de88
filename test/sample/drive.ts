import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { buildSample, type SampleBuild } from './build.js';

/** Variables of the environment. */
export type Variables = Readonly<Record<string, string>>;

/** How a process has ended, and what it has printed. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of the sample. */
export interface Drive {
  readonly url: string;
  /** Its DRIVE_DIR: database, files, development key, cookie secret. */
  readonly folder: string;
  readonly process: ChildProcess;
  /** All that it has printed until now. */
  printed(): string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ending>;
}

/** Starts processes of one build of the sample, and ends what is left. */
export interface Garage {
  /** A new folder for a drive. */
  folder(): Promise<string>;
  /** Starts a drive and waits until it is open. */
  open(variables?: Variables): Promise<Drive>;
  /** Starts the program and waits until it has ended by itself. */
  run(variables: Variables): Promise<Ending>;
}

/** Registers the hooks that build the sample and remove what it has left. */
export function useSample(): Garage {
  let build: SampleBuild;
  const started: Started[] = [];
  beforeAll(async () => {
    build = await buildSample();
  });
  afterAll(async () => {
    for (const one of started) one.process.kill('SIGKILL');
    await Promise.all(started.map((one) => one.ended));
    await build.remove();
  });
  const folder = () => mkdtemp(join(build.folder, 'drive-'));
  const begin = async (variables: Variables = {}) => {
    const DRIVE_DIR = variables['DRIVE_DIR'] ?? (await folder());
    const one = start(build.main, { ...variables, DRIVE_DIR });
    started.push(one);
    return { ...one, folder: DRIVE_DIR };
  };
  return {
    folder,
    run: async (variables) => (await begin(variables)).ended,
    async open(variables) {
      const one = await begin(variables);
      return { ...one, url: await addressOf(one) };
    },
  };
}

type Started = Pick<Drive, 'process' | 'printed' | 'ended'>;

function start(main: string, variables: Variables): Started {
  const child = spawn(process.execPath, [main], {
    // Nothing of the tests' own environment may configure it.
    env: { PATH: process.env['PATH'], PORT: '0', NO_COLOR: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const ended = once(child, 'close').then(() => ({
    code: child.exitCode,
    signal: child.signalCode,
    stdout,
    stderr,
  }));
  return { process: child, ended, printed: () => stdout + stderr };
}

/** What the start line says; fails when the process ends before it. */
async function addressOf({ process, printed, ended }: Started) {
  let over = false;
  void ended.then(() => (over = true));
  for (;;) {
    const url = /open at (http:\S+)/.exec(printed())?.[1];
    if (url) return url;
    if (over) throw new Error(`The drive did not open: ${printed()}`);
    await Promise.race([once(process.stdout ?? process, 'data'), ended]);
  }
}
