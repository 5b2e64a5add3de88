import { existsSync } from 'node:fs';
import { readdir, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TemporaryFolder } from '../../lib/download/temporary-folder.js';
import { useTemporaryPlace } from './temporary-place.js';
import { useHolderProcess } from './temporary-process.js';

const CANARY = 'canary in a temporary file';
const place = useTemporaryPlace();
const startHolder = useHolderProcess();

/** Paths of all files under the base, relative to it. */
async function files(): Promise<string[]> {
  const entries = await readdir(place.path, {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Opens and closes a folder of this process, as a start does. */
async function startAndStop(): Promise<void> {
  const folder = await TemporaryFolder.open({
    base: place.path,
    report: (error) => expect.fail(String(error)),
  });
  await folder.close();
}

// D-27
describe('after SIGKILL', () => {
  it('nothing of an anonymous file has a name', async () => {
    const holder = await startHolder(place.path, CANARY);
    expect(await files()).toEqual([holder.named]);
    await holder.kill();
    expect(await files()).toEqual([holder.named]);
    expect(await readFile(holder.named, 'utf8')).toBe(CANARY);
  });

  it('the next start removes the folder of the dead process', async () => {
    const holder = await startHolder(place.path, CANARY);
    await holder.kill();
    await startAndStop();
    expect(await readdir(place.path)).toEqual([]);
  });

  it('the folder of another process that lives is left alone', async () => {
    const living = await startHolder(place.path, CANARY);
    const dead = await startHolder(place.path, CANARY);
    await dead.kill();
    await startAndStop();
    expect(existsSync(dirname(dead.named))).toBe(false);
    expect(await files()).toEqual([living.named]);
    await living.kill();
    await startAndStop();
    expect(await readdir(place.path)).toEqual([]);
  });

  it('the folder of a process of another host is left alone', async () => {
    const holder = await startHolder(place.path, CANARY);
    await holder.kill();
    const folder = dirname(holder.named);
    const [prefix, , ...rest] = basename(folder).split('_');
    const name = [prefix, '00000000', ...rest].join('_');
    await rename(folder, join(place.path, name));
    await startAndStop();
    expect(await readdir(place.path)).toEqual([name]);
  });
});
