import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { integer, list, MAIN_OPTION, runCommand } from '../command-line.mjs';
import { run } from './campaign.mjs';
import { inMebi, percentile, thirdsOf } from './verdict.mjs';

const USAGE = `Usage: npm run load -- [options]

  --seconds N    for how long (120); with fewer than 60, whether memory grows is
                 not judged
  --clients N    ordinary clients (200)
  --slow N       slow readers, and as many slow writers (20)
  --idle N       readers that stand still, and as many writers (5)
  --seed N       the same plans of the clients again; a random one when absent
  --main PATH    another compiled sample than dist-sample/main.js; the folder
                 dist of the library lies beside its folder
  --help         print this

It ends with 1 when something was wrong, and prints what. Linux only.`;

/** As the sample has it where nothing else is said. */
const IDLE_SECONDS = 60;

/** Seconds in which growth can be told from a start. */
const LONG = 60;

/** Of many faults the first ones tell what is wrong. */
const MOST_FAULTS = 40;

const OPTIONS = {
  seconds: /** @type {const} */ ({ type: 'string', default: '120' }),
  clients: /** @type {const} */ ({ type: 'string', default: '200' }),
  slow: /** @type {const} */ ({ type: 'string', default: '20' }),
  idle: /** @type {const} */ ({ type: 'string', default: '5' }),
  seed: /** @type {const} */ ({ type: 'string' }),
  ...MAIN_OPTION,
};

await runCommand(USAGE, OPTIONS, main);

/** @param {Record<keyof typeof OPTIONS, string>} values */
async function main(values) {
  const options = {
    main: resolve(values.main),
    seconds: integer('seconds', values.seconds),
    clients: integer('clients', values.clients),
    slow: integer('slow', values.slow),
    idle: integer('idle', values.idle),
    seed: integer('seed', values.seed ?? String(randomInt(2 ** 31))),
  };
  const folder = await mkdtemp(join(tmpdir(), 'load-'));
  console.log(`seed ${options.seed}`);
  try {
    const report = await run({
      ...options,
      folder,
      idleSeconds: IDLE_SECONDS,
      isGrowthJudged: options.seconds >= LONG,
      onSample: show,
    });
    print(report);
    if (report.faults.size > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {import('./report.mjs').Report} report */
function show({ samples, acknowledged, faults }) {
  const last = samples.at(-1);
  const { uploads, downloads, deletions } = acknowledged;
  const line = `${(last.ms / 1000).toFixed()} s: ${uploads} uploads, ${downloads} downloads, ${deletions} deletions; ${inMebi(last.rss)} MiB, ${last.descriptors} descriptors, ${faults.size} kinds of faults`;
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
  else if (samples.length % 20 === 0) console.log(line);
}

/** @param {import('./report.mjs').Report} report */
function print(report) {
  const { clients, seconds, bytes, latencies, descriptors, faults } = report;
  console.log(
    `\n${clients.ordinary} clients for ${seconds.load.toFixed()} s among ${clients.slow} slow and ${clients.idle} idle ones; over after ${seconds.all.toFixed()} s`,
  );
  const answers = [...report.answers].toSorted(([one], [other]) =>
    one.localeCompare(other),
  );
  console.log('answers:');
  for (const [key, count] of answers) {
    console.log(`  ${key}: ${count}`);
  }
  console.log(`acknowledged: ${list(report.acknowledged)}`);
  console.log(
    `requests of the client with the fewest: ${report.fewestRequests}`,
  );
  console.log(
    `bytes: ${inMebi(bytes.sent)} MiB sent, ${inMebi(bytes.received)} MiB received`,
  );
  printSamples(report.samples);
  console.log(`descriptors: ${list(descriptors)}`);
  const [p50, p95, most] = [50, 95, 100].map((percent) =>
    percentile(latencies, percent).toFixed(),
  );
  console.log(
    `a small request took: p50 ${p50} ms, p95 ${p95} ms, at most ${most} ms (${latencies.length} requests)`,
  );
  for (const [fault, count] of [...faults].slice(0, MOST_FAULTS)) {
    console.log(`WRONG, ${count} times: ${fault}`);
  }
  console.log(
    faults.size === 0 ? 'nothing was wrong' : `${faults.size} faults`,
  );
}

/** @param {readonly import('./process-watch.mjs').Sample[]} samples */
function printSamples(samples) {
  const [first, last] = [samples.at(0), samples.at(-1)];
  if (!first || !last) return;
  const thirds = thirdsOf(samples);
  const mebi = {
    first: first.rss,
    peak: last.peak,
    last: last.rss,
    'second third': thirds.second,
    'last third': thirds.last,
    'anonymous at last': last.anonymous,
  };
  const texts = Object.entries(mebi).map(
    ([name, bytes]) => `${name} ${inMebi(bytes)}`,
  );
  console.log(`memory in MiB: ${texts.join(', ')}`);
  const most = Math.max(...samples.map(({ temporary }) => temporary));
  console.log(`temporary files: at most ${inMebi(most)} MiB`);
}
