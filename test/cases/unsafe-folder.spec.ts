import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, FileEncryptorModule } from 'nestjs-file-encryptor';
import { rejectionOf } from '../core/thrown.js';
import { useModuleStart } from '../module/module-start.js';
import { useCaseApp } from './case-app.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

/** What a folder for temporary files may be, given its path and a good folder. */
const UNSAFE: readonly (readonly [
  what: string,
  line: RegExp,
  make: (path: string, good: string) => Promise<void>,
])[] = [
  [
    'a link to a good folder',
    /is a symbolic link/,
    (path, good) => symlink(good, path),
  ],
  [
    'writable by all',
    /written to by others/,
    async (path) => {
      await mkdir(path);
      await chmod(path, 0o777);
    },
  ],
];

/** Only root can give a folder to another. */
const GIVEN: typeof UNSAFE = [0o777, 0o700].map((mode) => [
  `another user's, with mode ${mode.toString(8)}`,
  /belongs to another user/,
  async (path) => {
    await mkdir(path);
    await chmod(path, mode);
    await chown(path, NOBODY, NOBODY);
  },
]);

// D-29
describe('a start whose folder for temporary files is', () => {
  const place = useModuleStart();
  const app = useCaseApp({});

  it.each(isRoot ? [...UNSAFE, ...GIVEN] : UNSAFE)(
    '%s is refused, and makes nothing',
    async (...row) => {
      const [, line, make] = row;
      const { folder } = app.running;
      const name = randomBytes(4).toString('hex');
      const [tmpDir, good] = [join(folder, name), join(folder, `${name}-good`)];
      await mkdir(good, 0o700);
      await make(tmpDir, good);
      const { dataDir } = place.folders();
      const options = { globalKey: app.globalKey, dataDir, tmpDir };
      const error = await rejectionOf(
        place.start({ imports: [FileEncryptorModule.forRoot(options)] }),
      );
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(String(error)).toMatch(line);
      expect(String(error)).toContain('FILE_ENCRYPTOR_TMP_DIR');
      expect(String(error)).not.toContain(name);
      expect(await readdir(tmpDir)).toEqual([]);
      expect(await readdir(good)).toEqual([]);
    },
  );
});
