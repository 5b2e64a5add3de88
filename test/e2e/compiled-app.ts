import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFile,
  mkdir,
  mkdtemp,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll } from 'vitest';
import { readProjectFile, ROOT, sourceFiles } from '../house/project-files.js';

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
    for (const file of sourceFiles('lib')) {
      await compile(file, join(build, file.replace('lib/', 'dist/')));
    }
    for (const program of programs) {
      await compile(`test/e2e/${program}`, join(build, program));
    }
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

async function compile(from: string, to: string): Promise<void> {
  const path = join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const { outputText } = ts.transpileModule(readProjectFile(from), {
    compilerOptions: {
      ...options,
      module: ts.ModuleKind.ESNext,
      sourceMap: false,
      declaration: false,
    },
    fileName: join(ROOT, from),
  });
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to.replace(/ts$/, 'js'), outputText);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
