import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { lstat, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../lib/core/errors.js';
import { TemporaryFile } from '../../lib/download/temporary-file.js';
import type { ReservedSpace } from '../../lib/download/temporary-space.js';
import { reserved, useTemporaryPlace } from './temporary-place.js';

const place = useTemporaryPlace();
const reports: unknown[] = [];

async function create(
  kind: 'anonymous' | 'named',
  space?: ReservedSpace,
): Promise<TemporaryFile> {
  return TemporaryFile.create(join(place.path, 'file'), {
    named: kind === 'named',
    space: space ?? (await reserved()),
    report: (error) => reports.push(error),
  });
}

describe('an anonymous file', () => {
  it('has no name, before a byte is written', async () => {
    await using file = await create('anonymous');
    expect(file.path).toBeUndefined();
    expect(await readdir(place.path)).toEqual([]);
    expect(place.descriptors()).toBe(1);
  });

  it('holds what was written', async () => {
    await using file = await create('anonymous');
    await file.write(Buffer.from('some '));
    await file.write(Buffer.from('content'));
    expect(file.size).toBe(12);
    const into = Buffer.alloc(12);
    expect(await file.read(into, 0)).toBe(12);
    expect(into.toString()).toBe('some content');
    expect(await readdir(place.path)).toEqual([]);
  });
});

describe('a named file', () => {
  it.each([0o000, 0o022, 0o777])(
    'has mode 0600 under umask %i',
    async (mask) => {
      const umask = process.umask(mask);
      try {
        await using file = await create('named');
        const stats = await lstat(String(file.path));
        expect(stats.isFile()).toBe(true);
        expect(stats.mode & 0o7777).toBe(0o600);
      } finally {
        process.umask(umask);
      }
    },
  );

  it('can be read by its path until it is closed', async () => {
    const file = await create('named');
    await file.write(Buffer.from('content'));
    expect(await readFile(String(file.path), 'utf8')).toBe('content');
    await file.close();
    expect(await readdir(place.path)).toEqual([]);
  });

  it('may lose its name to somebody else', async () => {
    const file = await create('named');
    await rm(String(file.path));
    await file.close();
    expect(reports).toEqual([]);
  });

  it('reports a name that it cannot remove, and is closed nevertheless', async () => {
    const file = await create('named');
    await rm(String(file.path));
    await mkdir(String(file.path));
    await file.close();
    expect(reports.splice(0)).toEqual([expect.any(StoreError)]);
    expect(place.descriptors()).toBe(0);
  });
});

describe.each(['anonymous', 'named'] as const)('any file (%s)', (kind) => {
  it('never opens what is there already', async () => {
    const path = join(place.path, 'file');
    await writeFile(path, 'precious');
    await expect(create(kind)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe('precious');
    await rm(path);
    await symlink(join(place.path, 'absent'), path);
    await expect(create(kind)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readlink(path)).toBe(join(place.path, 'absent'));
    expect(await readdir(place.path)).toEqual(['file']);
    expect(place.descriptors()).toBe(0);
  });

  it('places writes that overlap in the order of their calls', async () => {
    await using file = await create(kind);
    const parts = Array.from({ length: 20 }, (_, i) => randomBytes(9000 + i));
    await Promise.all(parts.map((part) => file.write(part)));
    const into = Buffer.alloc(file.size);
    await file.read(into, 0);
    expect(into.equals(Buffer.concat(parts))).toBe(true);
  });

  it('reads from any position, less where it ends', async () => {
    await using file = await create(kind);
    await file.write(Buffer.from('0123456789'));
    const into = Buffer.alloc(4);
    expect(await file.read(into, 3)).toBe(4);
    expect(into.toString()).toBe('3456');
    expect(await file.read(into, 8)).toBe(2);
    expect(into.toString()).toBe('8956');
    expect(await file.read(into, 10)).toBe(0);
  });

  it('gives back its descriptor on close, which may be called again', async () => {
    const file = await create(kind);
    expect(place.descriptors()).toBe(1);
    await Promise.all([file.close(), file.close()]);
    await file.close();
    expect(place.descriptors()).toBe(0);
  });

  it('is closed at the end of its block', async () => {
    {
      await using file = await create(kind);
      await file.write(Buffer.from('content'));
    }
    expect(place.descriptors()).toBe(0);
    expect(await readdir(place.path)).toEqual([]);
  });

  it('holds as much as was reserved, and not a byte more', async () => {
    await using file = await create(kind, await reserved(10));
    await file.write(Buffer.from('0123456789'));
    const more = file.write(Buffer.from('x'));
    await expect(more).rejects.toThrow(/more than the 10 bytes/);
    expect(file.size).toBe(10);
  });

  it('refuses to be used after it is closed', async () => {
    const file = await create(kind);
    await file.close();
    const bytes = Buffer.from('late');
    await expect(file.write(bytes)).rejects.toThrow(StoreError);
    await expect(file.read(bytes, 0)).rejects.toThrow(StoreError);
    expect(() => file.createReadStream()).toThrow(StoreError);
    expect(place.descriptors()).toBe(0);
  });
});
