import { describe, expect, it } from 'vitest';
import { readProjectFile } from './project-files.js';

const DOCUMENT = 'docs/threat-model.md';
const SPEC = /\]\(\.\.\/test\/[\w/-]+\.spec\.ts\)/;
/** A limit of which no test can be made says so. */
const WITHOUT = /^none(:| can$)/;

describe('the threat model', () => {
  it('names a test in each of its lines', () => {
    const lines = claimsIn(readProjectFile(DOCUMENT));
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.filter((line) => !isShown(line))).toEqual([]);
  });

  it.each([
    ['| a | b | c |', false],
    ['| a | b | [x](../lib/x.ts) |', false],
    ['| a | b | [x](../test/a/x.spec.ts) |', true],
    ['| a | b | none: nothing is promised |', true],
  ])('takes %s for shown: %s', (line, wanted) => {
    expect(isShown(line)).toBe(wanted);
  });
});

/** The rows of the tables whose last column says what shows them. */
function claimsIn(text: string): string[] {
  const tables = text.split(/\n\n/).filter((part) => part.startsWith('| '));
  return tables
    .filter((table) => /\| shown by \|\n/.test(table))
    .flatMap((table) => table.trim().split('\n').slice(2));
}

function isShown(line: string): boolean {
  const last = line.split('|').at(-2)?.trim() ?? '';
  return SPEC.test(last) || WITHOUT.test(last);
}
