import { describe, expect, it } from 'vitest';
import { type Import, importsIn, isRelative, targetOf } from './imports.js';
import { readProjectFile, sourceFiles } from './project-files.js';

describe('the imports of lib', () => {
  it('run in no circle', () => {
    const imports = sourceFiles('lib').flatMap((file) =>
      importsIn(file, readProjectFile(file)),
    );
    expect(imports.length).toBeGreaterThan(20);
    expect(circles(imports)).toEqual([]);
  });
});

describe('the search for circles', () => {
  it('finds one of three files, and names the way', () => {
    const imports = [
      ...importsIn('lib/a.ts', `import './b.js';`),
      ...importsIn('lib/b.ts', `import { type C } from './room/c.js';`),
      ...importsIn('lib/room/c.ts', `export { a } from '../a.js';`),
    ];
    expect(circles(imports)).toEqual([
      'lib/a.ts > lib/b.ts > lib/room/c.ts > lib/a.ts',
    ]);
  });

  it('finds a file that imports itself', () => {
    const imports = importsIn('lib/a.ts', `import './a.js';`);
    expect(circles(imports)).toEqual(['lib/a.ts > lib/a.ts']);
  });

  it.each([
    `import type { A } from './a.js';`,
    `export type { A } from './a.js';`,
    `let a: import('./a.js').A;`,
  ])('lets a type of the importing file pass: %s', (text) => {
    const imports = [
      ...importsIn('lib/a.ts', `import './b.js';`),
      ...importsIn('lib/b.ts', text),
    ];
    expect(circles(imports)).toEqual([]);
  });

  it('lets two ways to one file pass', () => {
    const imports = [
      ...importsIn('lib/a.ts', `import './b.js'; import './c.js';`),
      ...importsIn('lib/b.ts', `import './c.js';`),
    ];
    expect(circles(imports)).toEqual([]);
  });
});

/**
 * Each circle that a walk from file to file comes back on, as its way. In a
 * circle the order of loading decides what is defined when; types are erased
 * before that, so two files may name each other's types.
 */
function circles(imports: readonly Import[]): string[] {
  const inside = imports.filter(
    ({ specifier, typeOnly }) => isRelative(specifier) && !typeOnly,
  );
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] => {
    const start = way.indexOf(file);
    if (start >= 0) return [[...way.slice(start), file].join(' > ')];
    if (done.has(file)) return [];
    const found = inside
      .filter((one) => one.file === file)
      .flatMap((one) => walk(targetOf(one), [...way, file]));
    done.add(file);
    return found;
  };
  return inside.flatMap(({ file }) => walk(file, []));
}
