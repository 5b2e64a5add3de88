import { chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A user without rights, whom modes bind. */
const NOBODY = 65_534;

/**
 * Runs an act as a user whom the modes of files bind: for root as another one,
 * to whom the folder is given with all that is in it; else as oneself.
 */
export async function withoutRights<T>(
  folder: string,
  act: () => Promise<T>,
): Promise<T> {
  const { getuid, setegid, seteuid } = process;
  if (getuid?.() !== 0 || !setegid || !seteuid) return act();
  give(folder);
  setegid(NOBODY);
  seteuid(NOBODY);
  try {
    return await act();
  } finally {
    seteuid(0);
    setegid(0);
    give(folder);
  }
}

function give(path: string): void {
  const stats = lstatSync(path);
  if (stats.uid !== NOBODY) chownSync(path, NOBODY, NOBODY);
  if (!stats.isDirectory()) return;
  for (const name of readdirSync(path)) give(join(path, name));
}
