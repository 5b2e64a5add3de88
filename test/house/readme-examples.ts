/** One fenced block of a Markdown file. */
export interface Example {
  /** The word after the fence: `ts`, `sh`, … */
  readonly language: string;
  /** From the marker above the block; a name made up from its line otherwise. */
  readonly path: string;
  readonly text: string;
}

const FENCE = /^(?<indent>\s*)```(?<language>\w*)/;
const MARKER = /^\s*<!-- file: (?<path>\S+) -->$/;

/**
 * Finds the fenced blocks of a Markdown text. A comment directly above a block
 * names its file, so that blocks can import one another:
 *
 *     <!-- file: src/drive.controller.ts -->
 */
export function examplesIn(markdown: string): Example[] {
  const lines = markdown.split('\n');
  const examples: Example[] = [];
  let marked: string | undefined;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const fence = FENCE.exec(line);
    if (!fence) {
      if (line.trim()) marked = MARKER.exec(line)?.groups?.path;
      continue;
    }
    const end = lines.findIndex(
      (other, at) => at > index && other.trim() === '```',
    );
    if (end < 0) throw new Error(`Line ${index + 1} opens a block for ever.`);
    const language = fence.groups?.language ?? '';
    examples.push({
      language,
      path: marked ?? `readme-line-${index + 1}.${language || 'txt'}`,
      text: lines.slice(index + 1, end).join('\n'),
    });
    marked = undefined;
    index = end;
  }
  return examples;
}

/** The TypeScript blocks by path. Blocks that name the same file continue it. */
export function typescriptFiles(
  examples: readonly Example[],
): Map<string, string> {
  const files = new Map<string, string>();
  for (const { language, path, text } of examples) {
    if (language !== 'ts' && language !== 'typescript') continue;
    const before = files.get(path);
    files.set(path, before === undefined ? text : `${before}\n${text}`);
  }
  return files;
}

/** The npm scripts that the shell blocks run, each once. */
export function npmScripts(examples: readonly Example[]): string[] {
  const names = examples
    .filter(({ language }) => /^(sh|bash|shell|console)$/.test(language))
    .flatMap(({ text }) => Array.from(text.matchAll(NPM_SCRIPT)))
    .map(([, named, short]) => named ?? short ?? '');
  return [...new Set(names)];
}

const NPM_SCRIPT = /\bnpm (?:run ([\w:-]+)|(test|start|stop|restart)\b)/g;
