import { expect, it } from 'vitest';
import { projectFiles, readProjectFile } from './project-files.js';

/**
 * What belongs to one machine and not to the project. The brackets keep these
 * lines from matching themselves.
 */
const TRACES: readonly RegExp[] = [
  /(?<![\w.~*/-])\/(wor[k]|roo[t]|hom[e]\/\w+|User[s]\/\w+)\b/,
  /registr[y]\.(npmj[s]|yarnpkg|npmmirror)\./,
  /npm\.pk[g]\.github\.com/,
  /de[b]\.debian\.org/,
];

it('no file of the project holds a path of one machine or the host of a registry', () => {
  const faults = projectFiles().flatMap(traces);
  expect(faults).toEqual([]);
});

it.each([
  ['a working folder', ['cd ', 'work', 'main']],
  ['a home folder', ['"', 'home', 'anna', 'x"']],
  ['the superuser', ['(', 'root', '.npmrc)']],
  ['a registry', ['https:', '', ['registry', 'npmjs', 'org'].join('.'), '']],
])('finds %s', (_what, parts) => {
  const line = parts.join('/');
  expect(TRACES.some((trace) => trace.test(line))).toBe(true);
});

it.each([
  'lib/work/a.ts',
  'a path such as ./root',
  'https://example.org/home/a',
  'mysql://root@127.0.0.1/',
])('lets %s pass', (line) => {
  expect(TRACES.some((trace) => trace.test(line))).toBe(false);
});

function traces(path: string): string[] {
  const text = readProjectFile(path);
  if (text.includes('\0')) return [];
  return text
    .split('\n')
    .flatMap((line, index) =>
      TRACES.some((trace) => trace.test(line)) ? [`${path}:${index + 1}`] : [],
    );
}
