import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileFiles, folderInto } from '../compiled-files.js';
import { ROOT } from '../house/project-files.js';

/** A compiled copy of the sample and the library. */
export interface SampleBuild {
  /** The program to start. */
  readonly main: string;
  /** For files of the tests; removed with the rest. */
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Compiles the library and the sample into a folder of their own, laid out as
 * the package is: `dist` and `dist-sample` beside package.json. So the sample
 * finds the library by its name, and nobody else's build is disturbed. Types
 * are not checked here.
 */
export async function buildSample(): Promise<SampleBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'private-drive-'));
  await copyFile(join(ROOT, 'package.json'), join(folder, 'package.json'));
  for (const name of ['node_modules', 'sample']) {
    await symlink(join(ROOT, name), join(folder, name));
  }
  await compileFiles([
    ...folderInto('lib', join(folder, 'dist')),
    ...folderInto('sample/src', join(folder, 'dist-sample')),
  ]);
  return {
    main: join(folder, 'dist-sample', 'main.js'),
    folder,
    remove: () => rm(folder, { recursive: true }),
  };
}
