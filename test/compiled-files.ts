import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { readProjectFile, ROOT, sourceFiles } from './house/project-files.js';

/** A file of the project, and where its JavaScript goes. */
export type Compiled = readonly [from: string, to: string];

/** All files of a folder of the project, to be compiled into another folder. */
export function folderInto(from: string, to: string): Compiled[] {
  return sourceFiles(from).map((file) => [
    file,
    join(to, file.slice(from.length + 1)),
  ]);
}

/** Compiles files as the project's own build does, but without checking types. */
export async function compileFiles(files: readonly Compiled[]): Promise<void> {
  const compilerOptions = readCompilerOptions();
  for (const [from, to] of files) {
    const { outputText } = ts.transpileModule(readProjectFile(from), {
      compilerOptions,
      fileName: join(ROOT, from),
    });
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to.replace(/ts$/, 'js'), outputText);
  }
}

function readCompilerOptions(): ts.CompilerOptions {
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
