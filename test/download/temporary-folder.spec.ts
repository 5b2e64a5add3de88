import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rename } from 'node:fs/promises';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, StoreError } from '../../lib/core/errors.js';
import { TemporaryFolder } from '../../lib/download/temporary-folder.js';
import { rejectionOf } from '../core/thrown.js';
import { createAnonymous, ROOM, useTemporaryPlace } from './temporary-place.js';

const place = useTemporaryPlace();
const open = () =>
  TemporaryFolder.open({
    base: place.path,
    report: (error) => expect.fail(String(error)),
  });

/** The one folder of this process. */
async function folderPath(): Promise<string> {
  const [name, ...others] = await readdir(place.path);
  expect(others).toEqual([]);
  return join(place.path, name ?? '');
}

describe('the folder for temporary files', () => {
  it('is private, and names this process', async () => {
    const folder = await open();
    const path = await folderPath();
    expect((await lstat(path)).mode & 0o7777).toBe(0o700);
    expect(basename(path)).toMatch(/^fencryptor_/);
    expect(basename(path).split('_')[2]).toBe(`${process.pid}`);
    await folder.close();
  });

  it("lies in the system's folder by default", async () => {
    const folder = await TemporaryFolder.open();
    await using file = await folder.createNamed('a.txt', ROOM);
    const path = String(file.path);
    expect(dirname(dirname(path))).toBe(await realpath(tmpdir()));
    await folder.close();
    await expect(lstat(dirname(path))).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });

  it('gives files that keep only the extension of the real name', async () => {
    const folder = await open();
    const file = await folder.createNamed('Letter of Ünal.pdf', ROOM);
    expect(dirname(String(file.path))).toBe(await folderPath());
    expect(basename(String(file.path))).toMatch(/^[0-9a-f]{32}\.pdf$/);
    const plain = await folder.createNamed('', ROOM);
    expect(extname(String(plain.path))).toBe('');
    await Promise.all([file.close(), plain.close()]);
    expect(await readdir(await folderPath())).toEqual([]);
    await folder.close();
  });

  it('shows no anonymous file', async () => {
    const folder = await open();
    await using file = await createAnonymous(folder);
    await file.write(Buffer.from('content'));
    expect(file.path).toBeUndefined();
    expect(await readdir(await folderPath())).toEqual([]);
    await folder.close();
  });

  it.each([
    ['a file', 'file'],
    ['a link', 'link'],
    ['in a file', 'file/base'],
    ['under a link to nothing', 'dangling/base'],
    ['too long a name', 'x'.repeat(300)],
    ['no name for a file', 'a\0b'],
  ])('is refused if its base is %s', async (_, name) => {
    await writeFile(join(place.path, 'file'), '');
    await symlink(tmpdir(), join(place.path, 'link'));
    await symlink('absent', join(place.path, 'dangling'));
    const opening = TemporaryFolder.open({ base: join(place.path, name) });
    const refusal = await rejectionOf(opening);
    expect(refusal).toBeInstanceOf(ConfigurationError);
    expect(String(refusal)).not.toContain(place.path);
    expect(await readdir(place.path)).toHaveLength(3);
  });

  it('is refused if nobody can make a folder in its base', async () => {
    const refused = TemporaryFolder.open({ base: '/proc/self' });
    await expect(refused).rejects.toThrow(ConfigurationError);
  });
});

describe('a folder that somebody removes or replaces', () => {
  it.each([
    ['removed', (path: string) => rm(path, { recursive: true })],
    ['another folder', (path: string) => replace(path, mkdir)],
    ['a link', (path: string) => replace(path, (at) => symlink('.', at))],
    ['a file', (path: string) => replace(path, (at) => writeFile(at, ''))],
  ])('is made anew, once: %s', async (_, exchange) => {
    const folder = await open();
    const path = await folderPath();
    await exchange(path);
    const left = await readdir(place.path);
    const files = await Promise.all(
      Array.from({ length: 10 }, () => folder.createNamed('a.txt', ROOM)),
    );
    const [made, ...others] = new Set(
      files.map((file) => dirname(String(file.path))),
    );
    expect(others).toEqual([]);
    expect(made).not.toBe(path);
    expect((await lstat(made ?? '')).mode & 0o7777).toBe(0o700);
    await Promise.all(files.map((file) => file.close()));
    await folder.close();
    expect(await readdir(place.path)).toEqual(left);
  });

  it('leaves what others have put in its place when it is closed', async () => {
    const folder = await open();
    const path = await folderPath();
    await replace(path, mkdir);
    await writeFile(join(path, 'precious'), '');
    await folder.close();
    expect(await readdir(path)).toEqual(['precious']);
  });

  it('works again when its base has come back', async () => {
    const folder = await open();
    await rename(place.path, `${place.path}-away`);
    try {
      await expect(createAnonymous(folder)).rejects.toThrow(StoreError);
      await expect(createAnonymous(folder)).rejects.toThrow('ENOENT');
    } finally {
      await rename(`${place.path}-away`, place.path);
    }
    await using file = await folder.createNamed('a.txt', ROOM);
    await file.write(Buffer.from('content'));
    await folder.close();
  });
});

async function replace(
  path: string,
  make: (path: string) => Promise<unknown>,
): Promise<void> {
  await rename(path, join(place.path, 'away'));
  await make(path);
}

describe('a folder that is closed', () => {
  it('is removed with the names of open files, and may be closed again', async () => {
    const folder = await open();
    const named = await folder.createNamed('a.txt', ROOM);
    await Promise.all([folder.close(), folder.close()]);
    await folder.close();
    expect(await readdir(place.path)).toEqual([]);
    await named.close();
    expect(place.descriptors()).toBe(0);
  });

  it('refuses new files', async () => {
    const folder = await open();
    const closing = folder.close();
    await expect(createAnonymous(folder)).rejects.toThrow(StoreError);
    await closing;
    await expect(folder.createNamed('a.txt', ROOM)).rejects.toThrow(StoreError);
    expect(await readdir(place.path)).toEqual([]);
  });

  it.each(['in place', 'missing'])(
    'leaves no file that was being created while it was %s',
    async (state) => {
      const folder = await open();
      if (state === 'missing')
        await rm(await folderPath(), { recursive: true });
      const creating = Array.from({ length: 10 }, () =>
        createAnonymous(folder),
      );
      await folder.close();
      expect(await readdir(place.path)).toEqual([]);
      for (const file of await Promise.all(creating)) await file.close();
      expect(place.descriptors()).toBe(0);
      expect(await readdir(place.path)).toEqual([]);
    },
  );

  it('makes no named file for who has asked right before', async () => {
    const folder = await open();
    const creating = rejectionOf(folder.createNamed('a.txt', ROOM));
    await folder.close();
    expect(String(await creating)).toMatch(/shutting down/);
    expect(await readdir(place.path)).toEqual([]);
    expect(place.descriptors()).toBe(0);
  });

  it('lets streams under way come to their end', async () => {
    const folder = await open();
    const content = randomBytes(1024 * 1024);
    const file = await createAnonymous(folder);
    await file.write(content);
    const stream = file.createReadStream();
    await folder.close();
    expect(content.equals(await buffer(stream))).toBe(true);
  });
});
