import { posix } from 'node:path';
import ts from 'typescript';

/** One place where a file names another module. */
export interface Import {
  /** Path of the importing file, relative to the project. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** As it is written. */
  readonly specifier: string;
  /** Whether the compiler drops it, so that it loads nothing. */
  readonly typeOnly: boolean;
}

/**
 * Finds every module that a file names: imports, re-exports, `import()` with a
 * literal, `import('…')` in types, `import … = require()` and `require()`.
 * Imports of types count too: a declaration file repeats them.
 */
export function importsIn(file: string, text: string): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const name = moduleNamedBy(node);
    if (name) {
      const { line } = source.getLineAndCharacterOfPosition(name.getStart());
      found.push({
        file,
        line: line + 1,
        specifier: name.text,
        typeOnly: isDropped(node),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function moduleNamedBy(node: ts.Node): ts.StringLiteralLike | undefined {
  const expression = moduleExpression(node);
  return expression && ts.isStringLiteralLike(expression)
    ? expression
    : undefined;
}

function moduleExpression(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier;
  }
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument)
      ? node.argument.literal
      : undefined;
  }
  return ts.isCallExpression(node) && loadsModule(node.expression)
    ? node.arguments[0]
    : undefined;
}

/** `import { type A }` is not: with verbatimModuleSyntax `import {}` is left. */
function isDropped(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) {
    return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  }
  return ts.isExportDeclaration(node)
    ? node.isTypeOnly
    : ts.isImportTypeNode(node);
}

function loadsModule(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  return ts.isIdentifier(callee) && callee.text === 'require';
}

/** Whether the specifier is a path, not the name of a package or of Node's. */
export function isRelative(specifier: string): boolean {
  return specifier.startsWith('./') || specifier.startsWith('../');
}

/** The file that a relative import names, relative to the project. */
export function targetOf({ file, specifier }: Import): string {
  const path = posix.join(posix.dirname(file), specifier);
  return path.replace(/\.js$/, '.ts');
}

/** The package of a bare specifier: without the path inside the package. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** How a complaint names a place: `lib/a.ts:3 imports ./b.js`. */
export function describeImport({ file, line, specifier }: Import): string {
  return `${file}:${line} imports ${specifier}`;
}
