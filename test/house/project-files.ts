import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Paths of the project's files, relative to {@link ROOT}: what git tracks, and
 * what it would add. What .gitignore names is left out.
 */
export function projectFiles(): string[] {
  const list = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 },
  );
  const paths = [...new Set(list.split('\0').filter(Boolean))];
  // A file that was deleted and not yet staged is still listed.
  return paths.filter((path) => existsSync(join(ROOT, path))).toSorted();
}

/** The TypeScript files of these folders. */
export function sourceFiles(...folders: readonly string[]): string[] {
  return projectFiles().filter(
    (path) =>
      path.endsWith('.ts') &&
      folders.some((folder) => path.startsWith(`${folder}/`)),
  );
}

/** Reads a file of the project as UTF-8. */
export function readProjectFile(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** What the specs look at in package.json. */
export interface Manifest {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { default: string }>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Reads package.json. */
export function readManifest(): Manifest {
  return JSON.parse(readProjectFile('package.json')) as Manifest;
}
