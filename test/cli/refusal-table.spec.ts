import { describe, expect, it } from 'vitest';
import { refusalTable } from '../../lib/cli/refusal-table.js';
import type { ImportOutcome } from '../../lib/flask/import-outcome.js';

function refused(outcome: Partial<ImportOutcome>): ImportOutcome {
  return {
    id: 1,
    filename: 'a'.repeat(32),
    outcome: 'refused',
    code: 'FORMAT',
    reason: 'It was cut.',
    ...outcome,
  };
}

describe('the table of refused files', () => {
  it('has a line for each of 200,000', () => {
    const all = Array.from({ length: 200_000 }, (_, id) => refused({ id }));
    const lines = [...refusalTable(all)];
    expect(lines).toHaveLength(200_000);
    expect(lines[7]).toBe(`7       ${'a'.repeat(32)}  FORMAT  It was cut.\n`);
  });

  it('shortens keys and filenames that are too long to be one', () => {
    const long = { id: 'k'.repeat(65), filename: 'f'.repeat(41) };
    expect([...refusalTable([refused(long)])]).toEqual([
      `${'k'.repeat(63)}…  ${'f'.repeat(39)}…  FORMAT  It was cut.\n`,
    ]);
    const key = 'k'.repeat(64);
    expect([...refusalTable([refused({ id: key })])][0]).toContain(`${key}  `);
  });

  it.each([
    ['an escape sequence', '\u001b[31m'],
    ['a mark of direction', '\u202e'],
    ['a line separator', '\u2028'],
    ['a sign without width', '\u200b'],
  ])('leaves %s out', (_, sign) => {
    const row = refused({ id: `1${sign}2`, filename: `b${sign}c` });
    const [line] = refusalTable([row]);
    expect(line).toMatch(/^1 .*2 {2}b .*c {2}FORMAT/);
    expect(line).not.toContain(sign.charAt(0));
  });
});
