import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { useCompiledApp } from '../e2e/compiled-app.js';
import { openDescriptorsOf } from '../e2e/descriptors.js';
import { eventually } from '../e2e/eventually.js';
import { receive } from '../e2e/http-client.js';
import { startedLine } from '../e2e/started-line.js';

/** An application as a process of its own, a new one for each test. */
export interface FaultProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  /** Numbers of all its descriptors, sorted. */
  descriptors(): number[];
}

/**
 * Registers the hooks. After each test the process lives, holds no file, has
 * heard of no rejection that nobody handled, and has as many rows as containers.
 *
 * @param env - its variables, given the folder.
 */
export function useFaultProcess(
  env: (folder: string) => Readonly<Record<string, string>> = () => ({}),
): FaultProcess {
  const compiled = useCompiledApp(
    'fault-target.ts',
    'fault-routes.ts',
    'documents.ts',
  );
  let folder = '';
  let port = 0;
  let child: ChildProcess | undefined;
  let errors = '';
  const pid = () => child?.pid ?? 0;
  const url = () => `http://127.0.0.1:${port}`;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'fault-process-')));
    errors = '';
    child = compiled.run('fault-target.js', [folder], env(folder));
    child.stderr?.on('data', (chunk) => (errors += String(chunk)));
    port = await portOf(child);
  });
  afterEach(async () => {
    if (!child) return;
    try {
      await eventually(async () => {
        expect(openDescriptorsOf(pid(), join(folder, 'data'))).toBe(0);
        expect(openDescriptorsOf(pid(), join(folder, 'tmp'))).toBe(0);
        expect(await filesBelow(join(folder, 'tmp'))).toEqual([]);
      });
      const rows = await receive(`${url()}/rows`);
      expect(await filesBelow(join(folder, 'data'))).toEqual(
        JSON.parse(String(rows.body)),
      );
      expect(errors).not.toMatch(/unhandled/i);
    } finally {
      await compiled.kill(child);
      await rm(folder, { recursive: true });
    }
  });
  return {
    get url() {
      return url();
    },
    get port() {
      return port;
    },
    get pid() {
      return pid();
    },
    get folder() {
      return folder;
    },
    descriptors: () =>
      readdirSync(`/proc/${pid()}/fd`)
        .map(Number)
        .toSorted((a, b) => a - b),
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  const line = await startedLine(child);
  return (JSON.parse(line) as { readonly port: number }).port;
}

/** Names of all files below a folder, sorted. */
async function filesBelow(root: string): Promise<string[]> {
  const all = await readdir(root, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}
