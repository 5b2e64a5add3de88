import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSample, type SampleBuild } from '../sample/build.js';
import { load } from './campaign-modules.js';

const { run } = await load('campaign.mjs');

/** Another one each time; a failure names it. */
const seed = randomInt(2 ** 31);

/** What somebody got, however little time there was. */
const EVERY_KIND = [
  'upload: POST /api/files: 201',
  'download: GET /api/files.zip: 200',
  'link: POST /api/files/:file/links: 201',
  'list: GET /api/files: 200',
  'broken upload: POST /api/files: none',
  'slow upload: POST /api/files: 201',
  'slow download: GET /api/files/:file temp-file: 200',
  'slow download: GET /api/files/:file verify: 200',
  'slow download: GET /api/files/:file stream: 200',
];

describe('a drive with little memory that many use at once', () => {
  let build: SampleBuild;
  beforeAll(async () => {
    build = await buildSample();
  });
  afterAll(() => build.remove());

  it(
    `serves all, slow ones too, and keeps nothing back, seed ${seed}`,
    {
      timeout: 600_000,
    },
    async () => {
      const folder = join(build.folder, 'load');
      await mkdir(folder);
      const { faults, answers } = await run({
        main: build.main,
        folder,
        seed,
        seconds: 8,
        clients: 60,
        slow: 20,
        idle: 3,
        idleSeconds: 15,
        // That needs more time.
        isGrowthJudged: false,
      });
      expect([...faults]).toEqual([]);
      expect([...answers.keys()]).toEqual(expect.arrayContaining(EVERY_KIND));
      expect(answers.get('idle upload: POST /api/files: 408')).toBe(3);
    },
  );
});
