import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './project-files.js';

describe('the documents', () => {
  it('link to files of the project that exist', () => {
    const files = projectFiles();
    const documents = files.filter((path) => path.endsWith('.md'));
    const broken = documents.flatMap((path) =>
      brokenLinks(path, { text: readProjectFile(path), files }),
    );
    expect(documents).toContain('README.md');
    expect(broken).toEqual([]);
  });

  it.each([
    ['docs/a.md', '[b](b.md)'],
    ['docs/a.md', '[b](../docs/b.md#part)'],
    ['a.md', 'words ([b](./b.md))'],
  ])('name, in %s, a file that is missing: %s', (path, text) => {
    expect(brokenLinks(path, { text, files: ['docs/c.md'] })).toHaveLength(1);
  });

  it.each(['[c](c.md)', '[c](../docs/)', '[web](https://example.org/b.md)'])(
    'may have %s',
    (text) => {
      const files = ['docs/c.md'];
      expect(brokenLinks('docs/a.md', { text, files })).toEqual([]);
    },
  );
});

const LINK = /\]\((?!\w+:|#)(?<target>[^)#\s]+)[^)]*\)/g;

/** Relative links to what is neither a file nor a folder, as `a.md to b.md`. */
function brokenLinks(
  path: string,
  { text, files }: { text: string; files: readonly string[] },
): string[] {
  return Array.from(text.matchAll(LINK), ({ groups }) => groups?.target ?? '')
    .filter((target) => {
      const found = posix.join(posix.dirname(path), target);
      const folder = found.endsWith('/') ? found : `${found}/`;
      return !files.some((file) => file === found || file.startsWith(folder));
    })
    .map((target) => `${path} to ${target}`);
}
