import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const here = (name: string) => JSON.stringify(join(root, 'test', name));

const SPECS = {
  passing: `test('passes', () => {});`,
  failing: `test('fails', () => { throw new Error('on purpose'); });`,
  optional: `describe.skip('group', { tags: ['postgres'] }, () => { test('a', () => {}); test('b', () => {}); });`,
  skipping: `test.skip('forgotten', () => {});`,
  broken: `beforeAll(() => { throw new Error('on purpose'); }); test('never runs', () => {});`,
  unreadable: `import './missing.js';`,
} as const;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'closing-line-'));
  await mkdir(join(folder, 'specs'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(
    join(folder, 'vitest.config.ts'),
    `import { OPTIONAL_GROUPS } from ${here('optional-groups.ts')};
     export default { test: {
       globals: true, pool: 'forks', tags: [...OPTIONAL_GROUPS],
       reporters: ['default', ${here('closing-line-reporter.ts')}],
     } };`,
  );
  for (const [name, text] of Object.entries(SPECS)) {
    await writeFile(join(folder, 'specs', `${name}.spec.ts`), text);
  }
});

afterAll(() => rm(folder, { recursive: true }));

it('closes a good run with the counts', async () => {
  const run = await vitest(['passing']);
  expect(run).toMatchObject({
    code: 0,
    last: 'tests: 1 passed, 0 failed, 0 skipped',
  });
});

it('closes a failed run with the counts', async () => {
  const run = await vitest(['passing', 'failing']);
  expect(run).toMatchObject({
    code: 1,
    last: 'tests: 1 passed, 1 failed, 0 skipped',
  });
});

it('counts a file that cannot be loaded as a failure', async () => {
  const run = await vitest(['passing', 'unreadable']);
  expect(run).toMatchObject({
    code: 1,
    last: 'tests: 1 passed, 1 failed, 0 skipped',
  });
});

it('counts a hook that fails as a failure', async () => {
  const run = await vitest(['broken']);
  expect(run.code).toBe(1);
  expect(run.last).toMatch(/^tests: 0 passed, 1 failed, \d skipped$/);
});

it('says once which optional group was skipped and what it needs', async () => {
  const run = await vitest(['passing', 'optional'], { CI: 'true' });
  const lines = run.output
    .split('\n')
    .filter((line) => line.startsWith('skipped'));
  expect(lines).toEqual([
    expect.stringMatching(
      /^skipped group postgres \(2 tests\): it needs a PostgreSQL server/,
    ),
  ]);
  expect(run).toMatchObject({
    code: 0,
    last: 'tests: 1 passed, 0 failed, 2 skipped',
  });
});

it('allows a skipped test without a group at home', async () => {
  const run = await vitest(['passing', 'skipping']);
  expect(run).toMatchObject({
    code: 0,
    last: 'tests: 1 passed, 0 failed, 1 skipped',
  });
});

it('refuses a skipped test without a group in CI, and names it', async () => {
  const run = await vitest(['passing', 'skipping'], { CI: 'true' });
  expect(run.output).toContain('  specs/skipping.spec.ts > forgotten');
  expect(run).toMatchObject({
    code: 1,
    last: 'tests: 1 passed, 0 failed, 1 skipped',
  });
});

interface Run {
  readonly code: number;
  readonly output: string;
  readonly last: string | undefined;
}

function vitest(
  specs: readonly (keyof typeof SPECS)[],
  { CI = '' }: { CI?: string } = {},
): Promise<Run> {
  const files = specs.map((name) => `specs/${name}.spec.ts`);
  const program = join(root, 'node_modules/vitest/vitest.mjs');
  // The variables of the outer run would make the inner one a worker of it.
  const env = { PATH: process.env.PATH, CI, NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, 'run', ...files],
      { cwd: folder, env },
      (error, stdout) => {
        const code = error ? Number(error.code) : 0;
        const last = stdout.trimEnd().split('\n').at(-1);
        resolve({ code, output: stdout, last });
      },
    );
  });
}
