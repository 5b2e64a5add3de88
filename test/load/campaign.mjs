import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { signIn } from '../crashes/accounts.mjs';
import { ask } from '../crashes/client.mjs';
import { Contents } from '../crashes/contents.mjs';
import { Drive, placeIn } from '../crashes/drive.mjs';
import { Ledger } from '../crashes/ledger.mjs';
import { Random } from '../fuzz/random.mjs';
import {
  checkDescriptors,
  checkStorage,
  descriptorsAtRest,
} from './afterwards.mjs';
import { act, ALL_CHOICES } from './clients.mjs';
import { ProcessWatch } from './process-watch.mjs';
import { Report } from './report.mjs';
import {
  readNothing,
  readSlowly,
  SLOWLY_READ,
  storeLarge,
  writeNothing,
  writeSlowly,
} from './slow-clients.mjs';
import { faultsInLog, judgeBounds, judgeGrowth } from './verdict.mjs';

/**
 * @typedef {object} Options
 * @property {string} main - The compiled sample's `main.js`; `dist` lies beside
 * its folder.
 * @property {string} folder - An empty one, for all that the campaign makes.
 * @property {number} seed
 * @property {number} seconds - For which the ordinary clients begin new requests.
 * @property {number} clients - Ordinary ones.
 * @property {number} slow - Slow readers, and as many slow writers.
 * @property {number} idle - Readers that stand still, and as many writers.
 * @property {number} idleSeconds - For which the drive lets them.
 * @property {boolean} isGrowthJudged - Needs a minute or more.
 * @property {(report: Report) => void} [onSample]
 */

const MEBI = 1024 * 1024;

/** Of the drive's old space, in MiB. */
const HEAP = 128;

/**
 * The drive's most, in bytes. Of memory: the heap, as much again for buffers and
 * the program itself, and as much again to be generous. Whole files in buffers
 * need more: those of slow readers alone are twice as many bytes.
 */
export const BOUNDS = { memory: 384 * MEBI, temporary: 256 * MEBI };

/** What may still be under way is waited for so long, and no longer. */
const PATIENCE_MS = 90_000;

const LATENCY_EVERY_MS = 250;

/**
 * Starts a drive with little memory, has many clients use it at once, and looks
 * whether its promises hold: then and when they have gone.
 *
 * @param {Options} options
 * @returns {Promise<Report>} with the faults that were found.
 */
export async function run(options) {
  const campaign = new Campaign(options);
  try {
    await campaign.report.note(campaign.run());
  } finally {
    await campaign.close();
  }
  return campaign.report;
}

class Campaign {
  report = new Report();
  #options;
  #place;
  #drive;
  #ledger;
  #watch = /** @type {ProcessWatch | undefined} */ (undefined);

  /** @param {Options} options */
  constructor(options) {
    const { main, folder, seed, idleSeconds } = options;
    this.#options = options;
    const globalKey = createHash('sha256').update(`key ${seed}`).digest('hex');
    const place = placeIn(main, folder, { globalKey });
    const env = {
      ...place.env,
      NODE_OPTIONS: `--max-old-space-size=${HEAP}`,
      FILE_ENCRYPTOR_TMP_MAX_BYTES: String(BOUNDS.temporary),
      IDLE_TIMEOUT: String(idleSeconds),
    };
    this.#place = { ...place, env };
    this.#ledger = new Ledger(new Contents(seed, SLOWLY_READ));
    this.#drive = new Drive(this.#place);
    this.#drive.on('answered', (question, answer, received) =>
      this.report.addAnswer(question, answer, received),
    );
  }

  async run() {
    const { clients, slow, idle } = this.#options;
    const start = performance.now();
    await this.#drive.opened();
    this.#watch = new ProcessWatch(this.#drive.pid ?? 0, this.#place.tmp);
    const slowness = await this.#prepare();
    this.report.clients = { ordinary: clients, slow: 2 * slow, idle: 2 * idle };
    this.report.descriptors.first = await descriptorsAtRest(this.#watch);
    const release = new AbortController();
    const idlers = this.#begin(idle, { ...slowness, until: release.signal }, [
      readNothing,
      writeNothing,
    ]);
    await this.#load(slowness);
    const { isRunning } = this.#drive;
    // The idle ones stand there still: it is the drive that ends them.
    if (isRunning) await checkDescriptors(this.#watch, this.report);
    else this.report.addFault('the process has ended');
    release.abort();
    await this.#ended(idlers, 'idle clients');
    await checkStorage(this.#place, this.report);
    this.#judge();
    this.report.seconds.all = (performance.now() - start) / 1000;
  }

  async close() {
    await this.#drive.kill();
  }

  /** Ordinary clients among slow ones, who stay until the others have gone. */
  async #load(slowness) {
    const { seconds, clients, slow, onSample } = this.#options;
    const { samples, latencies } = this.report;
    const over = new AbortController();
    const release = new AbortController();
    setMaxListeners(0, over.signal);
    const slowOnes = this.#begin(slow, { ...slowness, until: release.signal }, [
      readSlowly,
      writeSlowly,
    ]);
    const watching = this.#watch.run(over.signal, (sample) => {
      samples.push(sample);
      onSample?.(this.report);
    });
    const probing = this.#probe(over.signal, latencies);
    const start = performance.now();
    const accounts = this.#ledger.accounts.slice(1);
    const working = Array.from({ length: clients }, (_, index) =>
      this.#work(accounts[index], { index, until: over.signal }),
    );
    await setTimeout(seconds * 1000);
    over.abort();
    this.report.seconds.load = (performance.now() - start) / 1000;
    const requests = await this.#ended(working, 'clients');
    this.report.fewestRequests = Math.min(...(requests ?? [0]));
    release.abort();
    await this.#ended(slowOnes, 'slow clients');
    await Promise.all([watching, probing]);
  }

  /**
   * Signs all in. The first account has what the slow ones read. Each thing is
   * done once before anything is measured.
   */
  async #prepare() {
    const { clients, idleSeconds } = this.#options;
    const acting = this.#acting(0);
    for (let made = 0; made <= clients; made += 1) await signIn(acting);
    const [account, other] = this.#ledger.accounts;
    const large = await storeLarge(acting, account);
    for (const choice of ALL_CHOICES) await act(acting, other, choice);
    return { acting, account, idleSeconds, ...large };
  }

  /** @param {number} index @returns {import('../crashes/load.mjs').Acting} */
  #acting(index) {
    return {
      drive: this.#drive,
      ledger: this.#ledger,
      random: new Random(this.#options.seed + index),
      counts: this.report.acknowledged,
      expect: ({ status, isWhole, fault }, isRight, what) => {
        if (isRight) return;
        const broken = isWhole ? '' : `, and not to its end: ${fault}`;
        this.report.addFault(`${what} was answered ${status}${broken}`);
      },
    };
  }

  /**
   * @param {number} count - of each kind.
   * @param {import('./slow-clients.mjs').Slowness} slowness
   * @param {((slowness: object, index: number) => Promise<void>)[]} kinds
   */
  #begin(count, slowness, kinds) {
    setMaxListeners(0, slowness.until);
    return Array.from({ length: count }, (_, index) =>
      kinds.map((kind) => this.report.note(kind(slowness, index))),
    ).flat();
  }

  /**
   * @param {import('../crashes/ledger.mjs').Account} account
   * @param {{ index: number, until: AbortSignal }} plan
   * @returns {Promise<number>} how much was done.
   */
  async #work(account, { index, until }) {
    const acting = this.#acting(index + 1);
    let requests = 0;
    // Whatever time there is, each has two requests, and all kinds are among them.
    const first = ['upload', ALL_CHOICES[index % ALL_CHOICES.length]];
    while (this.#drive.isRunning) {
      const choice = first.shift();
      if (choice === undefined && until.aborted) break;
      await this.report.note(act(acting, account, choice));
      requests += 1;
    }
    return requests;
  }

  /** How long a small request takes. */
  async #probe(until, latencies) {
    const { expect } = this.#acting(0);
    while (!until.aborted && this.#drive.isRunning) {
      const start = performance.now();
      const answer = await ask(this.#drive, { kind: 'probe', path: '/health' });
      latencies.push(performance.now() - start);
      expect(answer, answer.status === 200 && answer.isWhole, 'a probe');
      await setTimeout(LATENCY_EVERY_MS);
    }
  }

  /**
   * @template T
   * @param {Promise<T>[]} all
   * @param {string} who
   * @returns {Promise<T[] | undefined>}
   */
  async #ended(all, who) {
    const limit = new AbortController();
    const late = setTimeout(PATIENCE_MS, undefined, { signal: limit.signal });
    const results = await Promise.race([
      Promise.all(all),
      late.catch(() => undefined),
    ]);
    limit.abort();
    if (results) return results;
    const kinds = [...this.#drive.inFlight].map(({ kind }) => kind);
    this.report.addFault(`${who} wait for an answer: ${kinds.join(', ')}`);
    return undefined;
  }

  #judge() {
    const { samples } = this.report;
    const growth = this.#options.isGrowthJudged && judgeGrowth(samples);
    for (const fault of [
      ...judgeBounds(samples, BOUNDS),
      ...(growth ? [growth] : []),
      ...faultsInLog(this.#drive.printed).map((line) => `log: ${line}`),
    ]) {
      this.report.addFault(fault);
    }
  }
}
