import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll } from 'vitest';
import { readProjectFile, sourceFiles } from '../house/project-files.js';

/** A process that holds an anonymous and a named file, both with content. */
export interface HolderProcess {
  /** Path of the named file. */
  readonly named: string;
  /** Ends it at once, as SIGKILL does, and waits until it has ended. */
  kill(): Promise<void>;
}

const HOLDER = `
  import { TemporaryFolder } from './download/temporary-folder.js';
  const [base, text] = process.argv.slice(2);
  const folder = await TemporaryFolder.open({ base });
  const anonymous = await folder.createAnonymous(text.length);
  const named = await folder.createNamed('report.pdf', text.length);
  for (const file of [anonymous, named]) await file.write(Buffer.from(text));
  process.stdout.write(named.path);
  setInterval(() => anonymous.size + named.size, 60_000);
`;

/**
 * Registers the hooks that compile the room and end what is left.
 *
 * @returns starts a process whose files lie under `base` and hold `text`.
 */
export function useHolderProcess(): (
  base: string,
  text: string,
) => Promise<HolderProcess> {
  let build = '';
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    build = await mkdtemp(join(tmpdir(), 'temporary-process-'));
    await compileRoom(build);
  });
  afterAll(async () => {
    await Promise.all(started.map(kill));
    await rm(build, { recursive: true });
  });
  return async (base, text) => {
    const program = join(build, 'holder.js');
    const child = spawn(process.execPath, [program, base, text], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(child);
    const [named] = await once(child.stdout, 'data');
    return { named: String(named), kill: () => kill(child) };
  };
}

async function compileRoom(folder: string): Promise<void> {
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
  };
  const files = sourceFiles('lib/core', 'lib/download').map((file) => {
    const text = readProjectFile(file);
    const { outputText } = ts.transpileModule(text, { compilerOptions });
    return [file.replace(/^lib\/(.*)ts$/, '$1js'), outputText] as const;
  });
  const program = [
    ['package.json', '{ "type": "module" }'],
    ['holder.js', HOLDER],
  ] as const;
  for (const [name, text] of [...files, ...program]) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
