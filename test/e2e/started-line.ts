import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * The first line of a program's output.
 *
 * @throws if it ends before.
 */
export async function startedLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The process has no output.');
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([status]) => {
      throw new Error(`The process ended with ${String(status)}.`);
    }),
  ])) as [string];
  return line;
}
