import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './project-files.js';

/** The compiler's options of the project's own tsconfig.json. */
export function compilerOptions(): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(
    join(ROOT, 'tsconfig.json'),
    (path) => ts.sys.readFile(path),
  );
  if (error) throw new Error(flatten(error));
  return ts.parseJsonConfigFileContent(config, ts.sys, ROOT).options;
}

/**
 * Compiles files that exist in memory only, as if they lay in the project.
 *
 * @param files - text by path, relative to the project.
 * @returns one line for each complaint, `src/a.ts:3 …`; none if all is well.
 */
export function complaintsAbout(files: ReadonlyMap<string, string>): string[] {
  const texts = new Map(
    [...files].map(([path, text]) => [join(ROOT, path), text]),
  );
  const options: ts.CompilerOptions = {
    ...compilerOptions(),
    // Without it, two files that neither import nor export share one scope.
    moduleDetection: ts.ModuleDetectionKind.Force,
    // An example may name a thing and leave the rest to its reader.
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  const program = ts.createProgram(
    [...texts.keys()],
    options,
    hostWith(texts, options),
  );
  return [...texts.keys()].flatMap((path) => complaintsIn(program, path));
}

/** Parsed once for all programs: most of them are declarations of packages. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/** A host that sees these files beside those on the disk. */
function hostWith(
  texts: ReadonlyMap<string, string>,
  options: ts.CompilerOptions,
): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const folders = new Set([...texts.keys()].flatMap(foldersAbove));
  return {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    readFile: (path) => texts.get(path) ?? host.readFile(path),
    directoryExists: (path) =>
      folders.has(path) || (host.directoryExists?.(path) ?? false),
    getSourceFile: (path, languageVersion) => {
      const text = texts.get(path);
      if (text !== undefined) {
        return ts.createSourceFile(path, text, languageVersion);
      }
      if (!parsed.has(path)) {
        parsed.set(path, host.getSourceFile(path, languageVersion));
      }
      return parsed.get(path);
    },
  };
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path ? [] : [folder, ...foldersAbove(folder)];
}

function complaintsIn(program: ts.Program, path: string): string[] {
  const source = program.getSourceFile(path);
  return [
    ...program.getSyntacticDiagnostics(source),
    ...program.getSemanticDiagnostics(source),
  ].map((diagnostic) => {
    const line = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
    const place = `${path.slice(ROOT.length)}:${(line?.line ?? 0) + 1}`;
    return `${place} ${flatten(diagnostic)}`;
  });
}

function flatten({ messageText }: ts.Diagnostic): string {
  return ts.flattenDiagnosticMessageText(messageText, '\n');
}
