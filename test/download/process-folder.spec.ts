import { spawnSync } from 'node:child_process';
import { lstat, mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import { symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  isInPlace,
  makePrivateFolder,
  makeProcessFolder,
  removeDeadFolders,
} from '../../lib/download/process-folder.js';
import { useTemporaryPlace } from './temporary-place.js';

const place = useTemporaryPlace();

describe('the folder of a process', () => {
  it.each([0o000, 0o022, 0o777])(
    'has mode 0700 under umask %i',
    async (mask) => {
      const umask = process.umask(mask);
      try {
        const { path } = await makeProcessFolder(place.path);
        expect((await lstat(path)).mode & 0o7777).toBe(0o700);
      } finally {
        process.umask(umask);
      }
    },
  );

  it('is another one each time', async () => {
    const one = await makeProcessFolder(place.path);
    const other = await makeProcessFolder(place.path);
    expect(other.path).not.toBe(one.path);
  });

  it('takes no name that is taken, by a link to nothing either', async () => {
    const taken = join(place.path, 'taken');
    await symlink(join(place.path, 'absent'), taken);
    await expect(makePrivateFolder(taken)).rejects.toMatchObject({
      code: 'EEXIST',
    });
    expect(await readdir(place.path)).toEqual(['taken']);
  });

  it('is known again while it is in place', async () => {
    expect(await isInPlace(await makeProcessFolder(place.path))).toBe(true);
  });

  it('is missed when it was removed', async () => {
    const folder = await makeProcessFolder(place.path);
    await rmdir(folder.path);
    expect(await isInPlace(folder)).toBe(false);
  });

  it('is missed when another folder has its name', async () => {
    const folder = await makeProcessFolder(place.path);
    await rename(folder.path, join(place.path, 'away'));
    await mkdir(folder.path, 0o700);
    expect(await isInPlace(folder)).toBe(false);
  });

  it('is missed when a link has its name, even one that leads to it', async () => {
    const folder = await makeProcessFolder(place.path);
    await rename(folder.path, join(place.path, 'away'));
    await symlink(join(place.path, 'away'), folder.path);
    expect(await isInPlace(folder)).toBe(false);
  });
});

describe('what dead processes have left', () => {
  it('is removed, with all that is in it', async () => {
    const dead = await makeFolderNamed({ pid: deadPid() });
    await mkdir(join(dead, 'inner'));
    await writeFile(join(dead, 'inner', 'file'), 'content');
    expect(await removeDead()).toEqual([]);
    expect(await readdir(place.path)).toEqual([]);
  });

  it('is removed when the process id was given out again', async () => {
    await makeFolderNamed({ start: '1-00000000' });
    await removeDead();
    expect(await readdir(place.path)).toEqual([]);
  });

  it('is told from what a living process has', async () => {
    const living = await makeProcessFolder(place.path);
    await makeFolderNamed({ pid: deadPid() });
    await removeDead();
    expect(await readdir(place.path)).toEqual([basename(living.path)]);
  });

  it.each([
    { host: '00000000' },
    { random: 'short' },
    { random: '0123456789abcdef.d' },
    { start: '1' },
    { prefix: 'other' },
  ])('is told from a folder of another host or name: %o', async (parts) => {
    const other = await makeFolderNamed({ pid: deadPid(), ...parts });
    await removeDead();
    expect(await readdir(place.path)).toEqual([basename(other)]);
  });

  it('is removed without following links in it', async () => {
    const precious = join(place.path, 'precious');
    await mkdir(precious);
    await writeFile(join(precious, 'file'), '');
    const dead = await makeFolderNamed({ pid: deadPid() });
    await symlink(precious, join(dead, 'link'));
    await removeDead();
    expect(await readdir(place.path)).toEqual(['precious']);
    expect(await readdir(precious)).toEqual(['file']);
  });

  it('is a real folder: links and files of such a name are left', async () => {
    const precious = join(place.path, 'precious');
    await mkdir(precious);
    const link = await makeFolderNamed({ pid: deadPid() });
    await rmdir(link);
    await symlink(precious, link);
    const file = await makeFolderNamed({ pid: deadPid() });
    await rmdir(file);
    await writeFile(file, '');
    expect(await removeDead()).toEqual([]);
    expect(await readdir(place.path)).toHaveLength(3);
  });

  it('is reported if it cannot be looked at', async () => {
    const reports: unknown[] = [];
    const absent = join(place.path, 'absent');
    await removeDeadFolders(absent, (error) => reports.push(error));
    expect(reports).toMatchObject([{ code: 'ENOENT' }]);
  });
});

async function removeDead(): Promise<unknown[]> {
  const reports: unknown[] = [];
  await removeDeadFolders(place.path, (error) => reports.push(error));
  return reports;
}

/** Makes a folder with the name of this process's, parts of it exchanged. */
async function makeFolderNamed(
  parts: Record<string, unknown>,
): Promise<string> {
  const { path } = await makeProcessFolder(place.path);
  const [prefix, host, pid, start, random] = basename(path).split('_');
  const name = { prefix, host, pid, start, random, ...parts };
  const renamed = join(place.path, Object.values(name).join('_'));
  await rename(path, renamed);
  return renamed;
}

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}
