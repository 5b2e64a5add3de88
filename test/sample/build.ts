import {
  copyFile,
  mkdir,
  mkdtemp,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { readProjectFile, ROOT, sourceFiles } from '../house/project-files.js';

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
  const options = compilerOptions();
  for (const [from, to] of [
    ['lib/', 'dist/'],
    ['sample/src/', 'dist-sample/'],
  ] as const) {
    for (const file of sourceFiles(from.slice(0, -1))) {
      const path = file.replace(from, to).replace(/ts$/, 'js');
      const { outputText } = ts.transpileModule(readProjectFile(file), {
        compilerOptions: options,
        fileName: join(ROOT, file),
      });
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), outputText);
    }
  }
  return {
    main: join(folder, 'dist-sample', 'main.js'),
    folder,
    remove: () => rm(folder, { recursive: true }),
  };
}

function compilerOptions(): ts.CompilerOptions {
  const path = join(ROOT, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, (name) => ts.sys.readFile(name));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  return {
    ...options,
    // A single file does not see that package.json says "type": "module".
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    sourceMap: false,
    declaration: false,
    declarationMap: false,
  };
}
