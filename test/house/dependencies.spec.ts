import { isBuiltin } from 'node:module';
import { describe, expect, it } from 'vitest';
import {
  describeImport,
  type Import,
  importsIn,
  isRelative,
  packageOf,
} from './imports.js';
import { readManifest, readProjectFile, sourceFiles } from './project-files.js';

const manifest = readManifest();
const RUNTIME = { ...manifest.dependencies, ...manifest.peerDependencies };
const ANY = { ...RUNTIME, ...manifest.devDependencies };

describe('what package.json declares', () => {
  it.each([
    { folder: 'lib', declared: RUNTIME },
    { folder: 'sample', declared: ANY },
    { folder: 'test', declared: ANY },
  ])('holds every package that $folder imports', ({ folder, declared }) => {
    const undeclared = bareImports(folder).filter(
      ({ specifier }) => !Object.hasOwn(declared, packageOf(specifier)),
    );
    expect(undeclared.map(describeImport)).toEqual([]);
  });

  it('holds no dependency that lib does not import', () => {
    const imported = new Set(
      bareImports('lib').map(({ specifier }) => packageOf(specifier)),
    );
    const idle = Object.keys(manifest.dependencies).filter(
      (name) => !imported.has(name),
    );
    expect(idle).toEqual([]);
  });

  it.each(['lib', 'sample', 'test'])(
    'is not asked for modules of Node: %s names them with node:',
    (folder) => {
      const unmarked = importsUnder(folder).filter(
        ({ specifier }) =>
          isBuiltin(specifier) && !specifier.startsWith('node:'),
      );
      expect(unmarked.map(describeImport)).toEqual([]);
    },
  );
});

/** Imports of other packages: not of files, of Node or of this package. */
function bareImports(folder: string): Import[] {
  return importsUnder(folder).filter(
    ({ specifier }) =>
      !isRelative(specifier) &&
      !isBuiltin(specifier) &&
      packageOf(specifier) !== manifest.name,
  );
}

function importsUnder(folder: string): Import[] {
  return sourceFiles(folder).flatMap((file) =>
    importsIn(file, readProjectFile(file)),
  );
}
