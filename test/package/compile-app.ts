import { join } from 'node:path';
import ts from 'typescript';

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

/**
 * Compiles an application as its own project, and leaves the JavaScript beside
 * the sources. The package's declarations are checked along with it, which
 * `skipLibCheck` hides from most applications; those of other packages are not.
 *
 * @param folder - of the application: `main.ts`, what it imports, node_modules.
 * @param name - the package whose declarations are checked.
 * @returns one line for each complaint; none if all is well.
 */
export function compileApp(folder: string, name: string): string[] {
  const options = { ...OPTIONS, typeRoots: typeRootsOf(folder) };
  const program = ts.createProgram([join(folder, 'main.ts')], options);
  const ours = program
    .getSourceFiles()
    .filter(
      ({ fileName }) =>
        fileName.includes(`/node_modules/${name}/`) ||
        !fileName.includes('/node_modules/'),
    );
  const { diagnostics } = program.emit();
  return [
    ...program.getGlobalDiagnostics(),
    ...ours.flatMap((file) => program.getSyntacticDiagnostics(file)),
    ...ours.flatMap((file) => program.getSemanticDiagnostics(file)),
    ...diagnostics,
  ].map(describe);
}

/** The application's peers lie in a folder above it. */
function typeRootsOf(folder: string): string[] {
  return [join(folder, '..', 'node_modules', '@types')];
}

function describe({ file, messageText }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, '\n');
  return `${file?.fileName ?? 'options'}: ${text}`;
}
