import { chmod, chown, lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskStore } from '../../../lib/core/store/disk-store.js';
import { newKey, put } from '../../contract/objects.js';
import { outputOf, useCompiledStore } from './compiled-store.js';
import { withoutLinks } from './faulty-file-system.js';
import { useTemporaryPlace } from './temporary-place.js';

/** A user without rights, whom modes bind. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

// D-29
describe.each(['777', '277', '077', '022', '000'])(
  'under umask %s',
  (umask) => {
    const place = useTemporaryPlace();
    const compiled = useCompiledStore();
    let before: number;
    beforeEach(() => {
      before = process.umask(umask);
    });
    afterEach(() => process.umask(before));

    it.each([
      ['with hard links', {}],
      ['without hard links', { fs: withoutLinks('ENOTSUP') }],
    ])('folders are 0700 and files 0600, %s', async (_, options) => {
      const store = await place.store(options);
      const writer = await store.create(newKey());
      expect(await modesBelow(place.root)).toEqual([
        '700',
        '700',
        '700',
        '600',
      ]);
      await writer.commit();
      expect(await modesBelow(place.root)).toEqual([
        '700',
        '700',
        '700',
        '600',
      ]);
    });

    it('a user without rights writes, reads, lists and removes', async () => {
      const folder = dirname(place.root);
      if (isRoot) await chown(folder, NOBODY, NOBODY);
      const program = `
      process.umask('${umask}');
      const store = new DiskStore(args[0]);
      await store.open();
      const writers = await Promise.all(args.slice(1).map((key) => store.create(key)));
      for (const writer of writers) {
        await writer.write(Buffer.from('content'));
        await writer.commit();
      }
      for await (const { key } of store.list()) {
        const into = Buffer.alloc(7);
        await (await store.read(key)).read(into, 0);
        console.log(String(into), await store.remove(key));
      }`;
      // Two in one folder, begun at once: one meets what the other is making.
      const keys = [1, 2].map((digit) => `ab/cd/${String(digit).repeat(32)}`);
      const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
      const child = compiled.run(program, [place.root, ...keys], as);
      expect(await outputOf(child)).toBe('content true\ncontent true\n');
    });
  },
);

describe('the root folder', () => {
  const place = useTemporaryPlace();

  it('keeps the mode that its operator gave it', async () => {
    await mkdir(place.root);
    await chmod(place.root, 0o750);
    await put(await place.store(), newKey(), Buffer.from('x'));
    expect(await modesBelow(place.root)).toEqual(['750', '700', '700', '600']);
  });

  it('is made with all that leads to it', async () => {
    const deep = join(place.root, 'a', 'b');
    await new DiskStore(deep).open();
    expect(await modesBelow(place.root)).toEqual(['700', '700', '700']);
  });
});

/** Modes of a folder and of all below it, outer ones first, in octal. */
async function modesBelow(root: string): Promise<string[]> {
  const paths = [root];
  for (const name of await readdir(root, { recursive: true })) {
    paths.push(join(root, name));
  }
  const stats = await Promise.all(paths.map((path) => lstat(path)));
  return stats.map(({ mode }) => (mode & 0o7777).toString(8));
}
