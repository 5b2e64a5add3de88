import { writeSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { OPTIONAL_GROUPS } from './optional-groups.js';

/**
 * Says in one line for each optional group that it was skipped and what it
 * needs, and closes the output of a run with a line of its own:
 *
 *     tests: 12 passed, 0 failed, 3 skipped
 *
 * A spec file or a suite that broke outside its tests counts as one failure,
 * and so do a test that never ended and an error that nothing caught. With
 * CI=true, a skipped test without an optional group fails the run.
 */
export default class ClosingLineReporter implements Reporter {
  #line = closingLine({ passed: 0, failed: 0, skipped: 0 });

  onInit(): void {
    // Other reporters and coverage print after the last event that a reporter
    // gets. In this handler only a synchronous write still arrives.
    process.once('exit', () => writeSync(1, `\n${this.#line}\n`));
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
  ): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) =>
      tests.filter((test) => test.result().state === state);
    const passed = inState('passed').length;
    const skipped = inState('skipped');
    const broken = modules.flatMap(brokenSuites).length;
    this.#line = closingLine({
      passed,
      failed:
        tests.length -
        passed -
        skipped.length +
        broken +
        unhandledErrors.length,
      skipped: skipped.length,
    });
    reportGroups(skipped);
    if (process.env.CI === 'true') refuseUnexplained(skipped);
  }
}

function closingLine(counts: {
  passed: number;
  failed: number;
  skipped: number;
}): string {
  return `tests: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
}

function brokenSuites(module: TestModule): unknown[] {
  return [module, ...module.children.allSuites()].filter(
    (suite) => suite.errors().length > 0,
  );
}

function reportGroups(skipped: readonly TestCase[]): void {
  for (const { name, description } of OPTIONAL_GROUPS) {
    const count = skipped.filter((test) => test.tags.includes(name)).length;
    if (count === 0) continue;
    print(`skipped group ${name} (${count} tests): it needs ${description}`);
  }
}

function refuseUnexplained(skipped: readonly TestCase[]): void {
  const groups = new Set<string>(OPTIONAL_GROUPS.map(({ name }) => name));
  const unexplained = skipped.filter(
    (test) => !test.tags.some((tag) => groups.has(tag)),
  );
  if (unexplained.length === 0) return;
  print('skipped without an optional group, which CI does not allow:');
  for (const { module, fullName } of unexplained) {
    print(`  ${module.relativeModuleId} > ${fullName}`);
  }
  process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
