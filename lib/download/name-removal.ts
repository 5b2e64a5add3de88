import { unlink } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { errnoName } from '../core/store/store-failure.js';

/** Milliseconds after each try but the last. */
const PAUSES = [50, 200, 500];

/** What systems say while another program, such as a scanner, holds a file. */
const HELD: ReadonlySet<unknown> = new Set(['EBUSY', 'EPERM', 'EACCES']);

/**
 * Removes the name of a file; one that is gone already is as good.
 *
 * @throws the system's own error.
 */
export async function removeName(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    // A cleaner of the system, or the removal of the folder, was faster.
    if (errnoName(error) !== 'ENOENT') throw error;
  }
}

/**
 * The same, and tries again for less than a second while another program may
 * hold the file.
 *
 * @throws the system's own error, of the last try.
 */
export async function removeNamePatiently(path: string): Promise<void> {
  for (const pause of PAUSES) {
    try {
      await removeName(path);
      return;
    } catch (error) {
      if (!HELD.has(errnoName(error))) throw error;
      await setTimeout(pause);
    }
  }
  await removeName(path);
}
