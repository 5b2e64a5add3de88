import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';
import { readManifest, readProjectFile, ROOT } from './project-files.js';
import { compilerOptions } from './typescript-program.js';

// A compiler has much to read, and shares the machine with other tests.
vi.setConfig({ testTimeout: 180_000 });

const RECORD = 'test/house/public-names.json';
const HOW_TO_UPDATE =
  'The public names have changed. If that is meant, run ' +
  'UPDATE_PUBLIC_NAMES=1 npx vitest run test/house/public-names.spec.ts ' +
  'and tell the change in CHANGELOG.md.';

/** What one entry of the package exports: what exists at run time, and types. */
interface Names {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

describe('the entries of the package', () => {
  const entries = Object.entries(readManifest().exports).flatMap(
    ([entry, target]) =>
      typeof target === 'string'
        ? []
        : [{ entry, file: sourceOf(target.default) }],
  );

  it.each(entries)('have a source: $entry', ({ file }) => {
    expect(existsSync(file)).toBe(true);
  });

  it(`export exactly the names in ${RECORD}`, () => {
    const names = publicNames(entries.filter(({ file }) => existsSync(file)));
    if (process.env.UPDATE_PUBLIC_NAMES) {
      writeFileSync(join(ROOT, RECORD), `${JSON.stringify(names, null, 2)}\n`);
    }
    const recorded: unknown = JSON.parse(readProjectFile(RECORD));
    expect(names, HOW_TO_UPDATE).toEqual(recorded);
  });
});

/** The names by the entry's key in package.json's `exports`. */
function publicNames(
  entries: readonly { entry: string; file: string }[],
): Record<string, Names> {
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    compilerOptions(),
  );
  return Object.fromEntries(
    entries.map(({ entry, file }) => [entry, namesOf(program, file)]),
  );
}

/** `./dist/core/index.js` is built from `lib/core/index.ts`. */
function sourceOf(built: string): string {
  return join(ROOT, built.replace('./dist/', 'lib/').replace(/\.js$/, '.ts'));
}

function namesOf(program: ts.Program, file: string): Names {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is missing, or exports nothing`);
  const names = checker.getExportsOfModule(module);
  const sorted = (wanted: boolean) =>
    names
      .filter((symbol) => isValue(checker, symbol) === wanted)
      .map(({ name }) => name)
      .toSorted();
  return { values: sorted(true), types: sorted(false) };
}

function isValue(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  if (symbol.declarations?.some(ts.isTypeOnlyExportDeclaration)) return false;
  const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
  return (target.flags & ts.SymbolFlags.Value) !== 0;
}
