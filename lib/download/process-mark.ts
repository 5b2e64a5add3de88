import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Which process something belongs to. */
export interface ProcessMark {
  /** 8 hexadecimal digits, from the host's name. */
  readonly host: string;
  readonly pid: number;
  /** See {@link startMark}; `unknown` where the system did not tell. */
  readonly start: string;
}

const UNKNOWN = 'unknown';
const ENDED = 'ended';

/** The mark of this process. */
export async function ownProcessMark(): Promise<ProcessMark> {
  const start = (await startMark(process.pid)) ?? UNKNOWN;
  return { host: hostMark(), pid: process.pid, start };
}

/**
 * Whether the process of a mark is known to have ended. In doubt it is not:
 * where a start is unknown, a process id that was given out again makes the
 * dead look alive until that process ends too.
 *
 * A host is known by its name. Containers that share a host name and a folder
 * and have process ids of their own cannot be told apart: each of them needs a
 * folder of its own.
 */
export async function isDead(mark: ProcessMark): Promise<boolean> {
  if (mark.host !== hostMark()) return false;
  if (!pidExists(mark.pid)) return true;
  const start = await startMark(mark.pid);
  if (start === ENDED) return true;
  if (start === undefined || mark.start === UNKNOWN) return false;
  return start !== mark.start;
}

/**
 * When a process was started, on Linux: in clock ticks since the boot, then `-`
 * and 8 hexadecimal digits of the boot's id. A container's first process has
 * the same pid, and nearly the same tick, after every boot.
 *
 * @returns `ended` for a process that its parent has not collected; undefined
 * where the system does not tell.
 * @see proc(5), "/proc/pid/stat": fields 3 (state) and 22 (start time)
 * @internal
 */
export async function startMark(pid: number): Promise<string | undefined> {
  const stat = await readText(`/proc/${pid}/stat`);
  const boot = await readText('/proc/sys/kernel/random/boot_id');
  if (stat === undefined || boot === undefined) return undefined;
  // The second field is the program's name, which may hold blanks and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return ENDED;
  return `${ticks}-${shortHash(boot)}`;
}

function hostMark(): string {
  return shortHash(hostname());
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch {
    return undefined;
  }
}
