import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeDatabases, locationOf } from '../databases.js';
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

  describeDatabases((database) => {
    it(`keeps its promises, seed ${seed}`, { timeout: 300_000 }, async () => {
      const folder = join(build.folder, database.name);
      await mkdir(folder);
      const location = locationOf(await database.create([]));
      const isServer = database.name !== 'better-sqlite3';
      const report = await run({
        main: build.main,
        folder,
        ...(isServer && { server: location }),
        seed,
        kills: KILLS,
        agedEvery: 3,
      });
      // It was looked at; what was wrong has thrown.
      expect(report.found['filesRead']).toBeGreaterThan(KILLS);
      expect(report.sweeps['aged']).toBeGreaterThan(1);
    });
  });
});
