import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { TemporaryFile } from '../../lib/download/temporary-file.js';
import type { TemporaryFolder } from '../../lib/download/temporary-folder.js';
import {
  type ReservedSpace,
  TemporarySpace,
} from '../../lib/download/temporary-space.js';

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

/** More than one file of a test holds. */
export const ROOM = 16 * 1024 * 1024;

/** Bytes that are reserved, of a space of their own. */
export function reserved(bytes = ROOM): Promise<ReservedSpace> {
  return new TemporarySpace({ limit: bytes }).reserve(bytes);
}

/** A file without a name, for which there must be room. */
export async function createAnonymous(
  folder: TemporaryFolder,
  bytes = ROOM,
): Promise<TemporaryFile> {
  const file = await folder.createAnonymous(bytes);
  if (!file) throw new Error('There is no room for a temporary file.');
  return file;
}

function targetOf(descriptor: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The one by which the folder was listed.
    return '';
  }
}
