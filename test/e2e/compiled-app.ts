import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { compileFiles, folderInto } from '../compiled-files.js';
import { ROOT } from '../house/project-files.js';

/** The compiled library and programs of the tests, to run as processes. */
export interface CompiledApp {
  /**
   * Starts a compiled file, such as `dist/cli/main.js`.
   *
   * @param env - variables beside those of this process.
   */
  run(
    program: string,
    args?: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): ChildProcess;
  /** Ends a process at once, as SIGKILL does, and waits for its end. */
  kill(child: ChildProcess): Promise<void>;
}

/**
 * Registers the hooks that compile the library into a folder laid out as the
 * package is, and each of `programs`, files of this folder, beside it; and that
 * end what was started. Types are not checked here.
 */
export function useCompiledApp(...programs: readonly string[]): CompiledApp {
  let build = '';
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    build = await mkdtemp(join(tmpdir(), 'compiled-app-'));
    await copyFile(join(ROOT, 'package.json'), join(build, 'package.json'));
    await symlink(join(ROOT, 'node_modules'), join(build, 'node_modules'));
    await compileFiles([
      ...folderInto('lib', join(build, 'dist')),
      ...programs.map(
        (name) => [`test/e2e/${name}`, join(build, name)] as const,
      ),
    ]);
  });
  afterAll(async () => {
    await Promise.all(started.map(kill));
    await rm(build, { recursive: true });
  });
  return {
    run(program, args = [], env = {}) {
      const child = spawn(process.execPath, [join(build, program), ...args], {
        cwd: build,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      started.push(child);
      return child;
    },
    kill,
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
