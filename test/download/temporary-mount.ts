import {
  type ChildProcessByStdio,
  execFileSync,
  spawn,
} from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory. */
export interface Mount extends Disposable {
  readonly path: string;
  /** Changes its options, such as `size=1m` or `ro`; what is in it stays. */
  remount(options: string): void;
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
  const guard = unmountAfterDeath(folder);
  return {
    path: folder,
    remount: (changed) => {
      const how = ['-o', `remount,${changed}`, folder];
      execFileSync('mount', how, { stdio: 'pipe' });
    },
    [Symbol.dispose]: () => {
      try {
        unmount(folder);
      } finally {
        // Another may be mounted there next: it must not be unmounted.
        guard.kill('SIGKILL');
      }
      if (path === undefined) rmdirSync(folder);
    },
  };
}

/**
 * A run that is killed cannot unmount what it has mounted: a shell does, when the
 * pipe to this process closes.
 */
function unmountAfterDeath(
  folder: string,
): ChildProcessByStdio<Socket, null, null> {
  const script = 'read -r _; umount -l "$0"';
  const guard = spawn('sh', ['-c', script, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  }) as ChildProcessByStdio<Socket, null, null>;
  guard.unref();
  guard.stdin.unref();
  return guard;
}

/** @throws if something is open in it still; it is gone nevertheless. */
function unmount(folder: string): void {
  try {
    execFileSync('umount', [folder], { stdio: 'pipe' });
  } catch (error) {
    execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' });
    throw error;
  }
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
