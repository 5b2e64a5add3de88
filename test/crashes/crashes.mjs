import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { integer, list, MAIN_OPTION, runCommand } from '../command-line.mjs';
import { run } from './campaign.mjs';

const USAGE = `Usage: npm run crashes -- [options]

  --kills N      how often the sample is killed (100)
  --seed N       the same work and the same plan of kills again; a random one
                 when absent. What a kill hits also depends on the machine.
  --database URL an empty one of PostgreSQL, MySQL or MariaDB, which is filled; a
                 SQLite file when absent
  --main PATH    another compiled sample than dist-sample/main.js; the folder
                 dist of the library lies beside its folder
  --help         print this

It ends with 1 when a promise was not kept, prints which one and the seed, and
leaves database, containers and temporary files where it says.`;

const OPTIONS = {
  kills: /** @type {const} */ ({ type: 'string', default: '100' }),
  seed: /** @type {const} */ ({ type: 'string' }),
  database: /** @type {const} */ ({ type: 'string' }),
  ...MAIN_OPTION,
};

await runCommand(USAGE, OPTIONS, main);

/** @param {{ kills: string, seed?: string, database?: string, main: string }} values */
async function main(values) {
  const options = {
    main: resolve(values.main),
    server: values.database,
    kills: integer('kills', values.kills),
    seed: integer('seed', values.seed ?? String(randomInt(2 ** 31))),
  };
  const { seed, kills } = options;
  const folder = await mkdtemp(join(tmpdir(), 'crashes-'));
  console.log(`seed ${seed}, ${kills} kills`);
  try {
    const report = await run({
      ...options,
      folder,
      onKill: (soFar, what) => show(soFar, { kills, what }),
    });
    print(report);
    await rm(folder, { recursive: true });
  } catch (error) {
    console.error(inspect(error, { depth: 6 }));
    console.error(`--seed ${seed} --kills ${kills}; see ${folder}`);
    process.exitCode = 1;
  }
}

/**
 * @param {import('./report.mjs').Report} report
 * @param {{ kills: number, what: string }} progress
 */
function show(report, { kills, what }) {
  const { uploads, deletions, erasures } = report.acknowledged;
  const line = `${report.kills}/${kills} kills, ${report.seconds.toFixed()} s; acknowledged: ${uploads} uploads, ${deletions} deletions, ${erasures} erasures; last: ${what}`;
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
  else if (report.kills % 10 === 0) console.log(line);
}

/** @param {import('./report.mjs').Report} report */
function print({ kills, seconds, phases, ...counts }) {
  console.log(`\n${kills} kills in ${seconds.toFixed()} s`);
  for (const [kind, phase] of Object.entries(phases)) {
    console.log(`  ${kind} in flight: ${list(phase)}`);
  }
  for (const [name, each] of Object.entries(counts)) {
    console.log(`${name}: ${list(each)}`);
  }
  console.log('all promises were kept');
}
