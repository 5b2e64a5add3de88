import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory. */
export interface Mount extends Disposable {
  readonly path: string;
}

/**
 * Mounts a file system in memory.
 *
 * @param options - as `mount -o` takes them, such as `size=64k`.
 * @param path - an empty folder; by default a new one, removed with the mount.
 */
export function mountMemory(options: string, path?: string): Mount {
  const folder = path ?? mkdtempSync(join(tmpdir(), 'temporary-mount-'));
  try {
    const type = ['-t', 'tmpfs', '-o', options, 'tmpfs'];
    execFileSync('mount', [...type, folder], { stdio: 'pipe' });
  } catch (error) {
    if (path === undefined) rmdirSync(folder);
    throw error;
  }
  return {
    path: folder,
    [Symbol.dispose]: () => {
      execFileSync('umount', [folder], { stdio: 'pipe' });
      if (path === undefined) rmdirSync(folder);
    },
  };
}

/** Whether this process may mount. */
export function canMount(): boolean {
  try {
    using mount = mountMemory('size=4k');
    return mount.path !== '';
  } catch {
    return false;
  }
}
