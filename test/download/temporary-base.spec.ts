import { chmod, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { lstat, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/core/errors.js';
import { prepareBase } from '../../lib/download/temporary-base.js';
import { useTemporaryPlace } from './temporary-place.js';

// D-29
describe('the folder of tmpDir', () => {
  const place = useTemporaryPlace();

  it("is the system's if none is configured", async () => {
    expect(await prepareBase()).toBe(await realpath(tmpdir()));
  });

  it('is made with mode 0700 whatever the umask, those above it too', async () => {
    const umask = process.umask(0o777);
    try {
      await prepareBase(join(place.path, 'outer', 'inner'));
    } finally {
      process.umask(umask);
    }
    for (const name of ['outer', 'outer/inner']) {
      const { mode } = await lstat(join(place.path, name));
      expect(mode & 0o7777).toBe(0o700);
    }
  });

  it('is given as its real path when a folder above it is a link', async () => {
    await mkdir(join(place.path, 'real'));
    await symlink(join(place.path, 'real'), join(place.path, 'link'));
    expect(await prepareBase(join(place.path, 'link', 'base'))).toBe(
      join(place.path, 'real', 'base'),
    );
  });

  it('is refused if it is a link, even to a good folder', async () => {
    await mkdir(join(place.path, 'real'), 0o700);
    const link = join(place.path, 'link');
    await symlink(join(place.path, 'real'), link);
    await expect(prepareBase(link)).rejects.toThrow(ConfigurationError);
    await expect(prepareBase(link)).rejects.toThrow('symbolic link');
    expect(await readdir(join(place.path, 'real'))).toEqual([]);
  });

  it('is refused if it is a link to nothing', async () => {
    const link = join(place.path, 'link');
    await symlink(join(place.path, 'absent'), link);
    await expect(prepareBase(link)).rejects.toThrow('symbolic link');
    expect(await readdir(place.path)).toEqual(['link']);
  });

  it('is refused if it is a file', async () => {
    const file = join(place.path, 'file');
    await writeFile(file, '');
    await expect(prepareBase(file)).rejects.toThrow('is not a folder');
  });

  it('is refused if others may write to it', async () => {
    const base = join(place.path, 'base');
    await mkdir(base);
    for (const mode of [0o770, 0o702]) {
      await chmod(base, mode);
      await expect(prepareBase(base)).rejects.toThrow('no sticky bit');
    }
  });

  it("is taken if others may write, but not remove what is another's", async () => {
    const base = join(place.path, 'base');
    await mkdir(base);
    await chmod(base, 0o1777);
    expect(await prepareBase(base)).toBe(base);
  });

  it.each(['', ' \t'])('is refused if its name is blank: %j', async (base) => {
    await expect(prepareBase(base)).rejects.toThrow(ConfigurationError);
  });

  it('is never named in a refusal', async () => {
    const file = join(place.path, 'file');
    await writeFile(file, '');
    const refusal = await prepareBase(file).catch((error: unknown) => error);
    expect(String(refusal)).not.toContain(place.path);
  });
});
