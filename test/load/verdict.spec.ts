import { describe, expect, it } from 'vitest';
import { load, type Sample } from './campaign-modules.js';

const { faultsInLog, judgeBounds, judgeGrowth, percentile } =
  await load('verdict.mjs');

const MEBI = 1024 * 1024;
const BOUNDS = { memory: 300 * MEBI, temporary: 100 };

function samplesOf(rss: (at: number) => number): Sample[] {
  return Array.from({ length: 240 }, (_, at) => ({
    rss: rss(at) * MEBI,
    peak: 200 * MEBI,
    temporary: 100,
  }));
}

describe('memory', () => {
  it.each<[string, (at: number) => number]>([
    ['rises at the start and stays', (at) => Math.min(250, 100 + at * 2)],
    ['goes up and down', (at) => 150 + (at % 30) * 3],
    ['has one high point late', (at) => (at === 230 ? 900 : 150)],
  ])('that %s is flat', (_what, rss) => {
    expect(judgeGrowth(samplesOf(rss))).toBeUndefined();
  });

  it.each<[string, (at: number) => number]>([
    ['a megabyte in each half second', (at) => 100 + at],
    ['late', (at) => (at < 180 ? 150 : 250)],
  ])('that grows %s is not', (_what, rss) => {
    expect(judgeGrowth(samplesOf(rss))).toMatch(/^memory grows: /);
  });
});

describe('the bounds', () => {
  const [sample] = samplesOf(() => 100);

  it('hold for what does not exceed them', () => {
    expect(judgeBounds(sample ? [sample] : [], BOUNDS)).toEqual([]);
  });

  it.each([
    ['memory', { peak: 300 * MEBI + 1 }, /^memory: /],
    ['temporary files', { temporary: 101 }, /^temporary files: 101 bytes/],
  ])('are exceeded by %s of one sample', (_what, more, fault) => {
    const all = samplesOf(() => 100);
    const large = { rss: 0, peak: 0, temporary: 0, ...more };
    expect(judgeBounds([...all, large, ...all], BOUNDS)).toEqual([
      expect.stringMatching(fault),
    ]);
  });

  it('do not hold where nothing was measured', () => {
    expect(judgeBounds([], BOUNDS)).toEqual(['nothing was measured']);
  });
});

it('a log is searched for all but its plain lines', () => {
  const plain =
    '[Nest] 7  - 11/26/2026, 2:00:00 AM     LOG [Drive] The drive is open\n[Nest] 7  - 11/26/2026, 2:00:01 AM   DEBUG [FileEncryptor] A download was ended\n';
  const error =
    '[Nest] 7  - 11/26/2026, 2:00:02 AM   ERROR [Drive] An error has a reference';
  const warning = '(node:7) MaxListenersExceededWarning: a LOG [of it]';
  expect(faultsInLog(plain)).toEqual([]);
  expect(faultsInLog(`${plain}${error}\n${warning}\n${plain}`)).toEqual([
    error,
    warning,
  ]);
});

it('a percentile is one of the numbers', () => {
  const numbers = [5, 1, 4, 2, 3];
  expect(percentile(numbers, 50)).toBe(3);
  expect(percentile(numbers, 95)).toBe(5);
  expect(percentile(numbers, 100)).toBe(5);
  expect(percentile([], 50)).toBe(0);
});
