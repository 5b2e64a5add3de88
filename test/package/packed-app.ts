import { execFile } from 'node:child_process';
import {
  cp,
  mkdir,
  mkdtemp,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFiles, ROOT } from '../house/project-files.js';

const run = promisify(execFile);

/** A fresh application that has the package installed from its tarball. */
export interface PackedApp {
  /** The application's folder: absolute, without symbolic links. */
  readonly folder: string;
  /** Paths of the files in the tarball, without its leading `package/`. */
  readonly packed: readonly string[];
  /**
   * Runs a program file of the application.
   *
   * @returns what it printed; fails if it ends with another code than 0.
   */
  run(file: string, text: string): Promise<string>;
  /**
   * Runs a file that is there already.
   *
   * @param env - variables beside those of this process.
   * @returns what it printed; fails if it ends with another code than 0.
   */
  start(
    file: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<string>;
  /** Runs a command that the package has brought along. */
  command(name: string, args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Packs a copy of the project and installs the tarball in a new application.
 *
 * The copy keeps the build apart from whatever happens in the project's own
 * folder. Peer dependencies are found in a folder above the application, where
 * a link leads to those of the project: so nothing is compiled again.
 */
export async function makePackedApp(): Promise<PackedApp> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'packed-app-')));
  const remove = () => rm(folder, { recursive: true });
  try {
    const { tarball, packed } = await pack(folder);
    return { packed, remove, ...(await install(tarball, folder)) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function install(
  tarball: string,
  folder: string,
): Promise<Omit<PackedApp, 'packed' | 'remove'>> {
  const app = join(folder, 'apps', 'app');
  await mkdir(app, { recursive: true });
  await linkModules(join(folder, 'apps'));
  await writeFile(join(app, 'package.json'), APP_MANIFEST);
  await run('npm', ['install', tarball, ...INSTALL], { cwd: app });
  return {
    folder: app,
    async run(file, text) {
      await writeFile(join(app, file), text);
      return output(process.execPath, [file], { cwd: app });
    },
    start: (file, args, env) =>
      output(process.execPath, [file, ...args], { cwd: app, env }),
    command: (name, args) =>
      output(join(app, 'node_modules', '.bin', name), args, { cwd: app }),
  };
}

const APP_MANIFEST = '{ "private": true, "type": "module" }';

/** Peers are there already, and the few dependencies lie in npm's cache. */
const INSTALL = [
  '--legacy-peer-deps',
  '--prefer-offline',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
];

async function pack(
  folder: string,
): Promise<{ tarball: string; packed: string[] }> {
  const copy = join(folder, 'project');
  for (const path of projectFiles()) {
    await cp(join(ROOT, path), join(copy, path));
  }
  await linkModules(copy);
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--pack-destination', folder],
    { cwd: copy },
  );
  // The scripts that packing runs print first; the list is the last array.
  const list = JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as [
    { filename: string; files: { path: string }[] },
  ];
  const [{ filename, files }] = list;
  return {
    tarball: join(folder, filename),
    packed: files.map(({ path }) => path),
  };
}

function linkModules(folder: string): Promise<void> {
  return symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}

async function output(
  file: string,
  args: readonly string[],
  {
    cwd,
    env,
  }: { cwd: string; env?: Readonly<Record<string, string>> | undefined },
): Promise<string> {
  const { stdout } = await run(file, args, {
    cwd,
    env: { ...process.env, ...env },
  });
  return stdout.trim();
}
