import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSample, type SampleBuild } from '../sample/build.js';
import { load } from './campaign-modules.js';

const { run } = await load('campaign.mjs');

const KILLS = 5;

/** Another one each time; a failure names it. */
const seed = randomInt(2 ** 31);

describe('a drive that is killed at random instants under load', () => {
  let build: SampleBuild;
  beforeAll(async () => {
    build = await buildSample();
  });
  afterAll(() => build.remove());

  it(`keeps its promises, seed ${seed}`, { timeout: 300_000 }, async () => {
    const folder = join(build.folder, 'crashes');
    await mkdir(folder);
    const report = await run({
      main: build.main,
      folder,
      seed,
      kills: KILLS,
      agedEvery: 3,
    });
    // It was looked at; what was wrong has thrown.
    expect(report.found['filesRead']).toBeGreaterThan(KILLS);
    expect(report.sweeps['aged']).toBeGreaterThan(1);
  });
});
