import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll } from 'vitest';
import { readProjectFile, sourceFiles } from '../../house/project-files.js';

/** The store for programs that run in processes of their own. */
export interface CompiledStore {
  /**
   * Starts a program: an ES module in which `DiskStore` is imported and `args`
   * are its arguments. What it prints can be read from `stdout`.
   */
  run(program: string, args: readonly string[], as?: Identity): ChildProcess;
}

/** Whom a process runs as; by default the user of the tests. */
export interface Identity {
  readonly uid?: number;
  readonly gid?: number;
}

/** To be called in a suite's body; compiles the store once, without checks. */
export function useCompiledStore(): CompiledStore {
  let folder = '';
  const running = new Set<ChildProcess>();
  beforeAll(async () => {
    folder = await compile();
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  return {
    run(program, args, as = {}) {
      const source = join(folder, 'core', 'store', 'disk-store.js');
      const module = `import { DiskStore } from ${JSON.stringify(pathToFileURL(source))};
        const args = process.argv.slice(1);
        ${program}`;
      const child = spawn(
        process.execPath,
        ['--input-type=module', '-e', module, ...args],
        { ...as, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
      );
      running.add(child);
      child.once('exit', () => running.delete(child));
      return child;
    },
  };
}

/** All that a program prints until it ends; refuses any status but 0. */
export async function outputOf(child: ChildProcess): Promise<string> {
  const ended = once(child, 'close');
  let text = '';
  for await (const chunk of child.stdout ?? []) text += String(chunk);
  const [status] = (await ended) as [number | null];
  if (status !== 0) throw new Error(`The program ended with ${status}.`);
  return text;
}

async function compile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'compiled-store-'));
  // For programs that run as another user.
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2023,
  };
  for (const file of ['lib/core/errors.ts', ...sourceFiles('lib/core/store')]) {
    const path = join(folder, file.slice('lib/'.length).replace(/ts$/, 'js'));
    const { outputText } = ts.transpileModule(readProjectFile(file), {
      compilerOptions,
    });
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, outputText);
  }
  return folder;
}
