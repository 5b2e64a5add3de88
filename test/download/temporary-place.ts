import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A folder of each test's own. */
export interface TemporaryPlace {
  /** Its real path. */
  readonly path: string;
  /** How many descriptors of this process lead into it, to removed files too. */
  descriptors(): number;
}

/** Registers the hooks that make a folder for each test and remove it. */
export function useTemporaryPlace(): TemporaryPlace {
  let path = '';
  beforeEach(async () => {
    path = await realpath(await mkdtemp(join(tmpdir(), 'temporary-place-')));
  });
  afterEach(async () => {
    await rm(path, { recursive: true });
  });
  return {
    get path() {
      return path;
    },
    descriptors: () =>
      readdirSync('/proc/self/fd').filter((name) =>
        targetOf(name).startsWith(`${path}/`),
      ).length,
  };
}

function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The one by which the folder was listed.
    return '';
  }
}
