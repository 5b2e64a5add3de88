import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { describeImport, importsIn, isRelative } from './imports.js';
import { projectFiles, readProjectFile, sourceFiles } from './project-files.js';

const MAX_LINES = 300;
const SHAPELESS = /(^|[/.-])(utils?|common|helpers?)([/.-]|$)/;
// The brackets keep this line from matching itself.
const LATER = /\b(TO[D]O|FIX[M]E)\b/;

const everything = sourceFiles('lib', 'test', 'sample');

describe('the conventions', () => {
  it('lib exports by name only', () => {
    const faults = sourceFiles('lib').flatMap((file) =>
      anonymousExports(file, readProjectFile(file)),
    );
    expect(faults).toEqual([]);
  });

  it.each([
    'export default 1;',
    'export default class {}',
    'const a = 1; export { a as default };',
    `export * from './a.js';`,
    `export * as a from './a.js';`,
  ])('calls this no export by name: %s', (text) => {
    expect(anonymousExports('lib/a.ts', text)).toHaveLength(1);
  });

  it('lib leaves the console alone', () => {
    const faults = sourceFiles('lib').filter((file) =>
      mentions(file, 'console'),
    );
    expect(faults).toEqual([]);
  });

  it(`no file has more than ${MAX_LINES} lines`, () => {
    const long = everything.filter(
      (file) => readProjectFile(file).trimEnd().split('\n').length > MAX_LINES,
    );
    expect(long).toEqual([]);
  });

  it('relative imports end in .js or .json', () => {
    const faults = everything
      .flatMap((file) => importsIn(file, readProjectFile(file)))
      .filter(({ specifier }) => isRelative(specifier))
      .filter(({ specifier }) => !/\.js(on)?$/.test(specifier));
    expect(faults.map(describeImport)).toEqual([]);
  });

  it('no file or folder has a name that says nothing', () => {
    expect(projectFiles().filter((path) => SHAPELESS.test(path))).toEqual([]);
  });

  it('nothing is left for later', () => {
    const faults = everything.filter((file) =>
      LATER.test(readProjectFile(file)),
    );
    expect(faults).toEqual([]);
  });
});

/** Exports without a name of their own, as `lib/a.ts:3`. */
function anonymousExports(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return source.statements.filter(isAnonymousExport).map((statement) => {
    const { line } = source.getLineAndCharacterOfPosition(statement.getStart());
    return `${file}:${line + 1}`;
  });
}

function isAnonymousExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return true;
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause;
    if (!clause || ts.isNamespaceExport(clause)) return true;
    return clause.elements.some(({ name }) => name.text === 'default');
  }
  return (
    ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(
      ({ kind }) => kind === ts.SyntaxKind.DefaultKeyword,
    )
  );
}

function mentions(file: string, name: string): boolean {
  const source = ts.createSourceFile(
    file,
    readProjectFile(file),
    ts.ScriptTarget.Latest,
  );
  const visit = (node: ts.Node): boolean =>
    (ts.isIdentifier(node) && node.text === name) ||
    (ts.forEachChild(node, visit) ?? false);
  return visit(source);
}
