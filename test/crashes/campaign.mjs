import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Random } from '../fuzz/random.mjs';
import { signIn } from './accounts.mjs';
import { Contents } from './contents.mjs';
import { checkEmpty, settled } from './database.mjs';
import { Drive, placeIn } from './drive.mjs';
import { describePlan, killAsPlanned, planKill } from './kill-plan.mjs';
import { keptFiles, Ledger } from './ledger.mjs';
import { expecting, keepBusy } from './load.mjs';
import { checkPromises } from './promises.mjs';
import { Report } from './report.mjs';
import { checkPrivate, checkTemporary, PlaintextSearch } from './storage.mjs';
import {
  checkAged,
  checkOneToOne,
  checkYoung,
  Sweeper,
  sweepUnderLoad,
} from './sweeps.mjs';
import { upload } from './uploads.mjs';
import { Violation } from './violation.mjs';

/**
 * @typedef {object} Options
 * @property {string} main - The compiled sample's `main.js`; `dist` lies beside
 * its folder.
 * @property {string} folder - An empty one, for all that the campaign makes.
 * @property {string} [server] - URL of an empty database; a SQLite file when
 * absent.
 * @property {number} seed
 * @property {number} kills
 * @property {number} [agedEvery] - Kills from one sweep of old things to the next.
 * @property {(report: Report, what: string) => void} [onKill]
 */

/** Of a hundred kills so many come while a process starts. */
const STARTING_PERCENT = 6;

/**
 * Starts a drive, keeps it busy, kills it and looks whether its promises hold,
 * as often as is wanted.
 *
 * @param {Options} options
 * @returns {Promise<Report>}
 * @throws a Violation if a promise was not kept.
 */
export async function run(options) {
  if (options.server) await checkEmpty(options.server);
  const campaign = new Campaign(options);
  try {
    return await campaign.run();
  } catch (error) {
    if (error instanceof Violation) error.when = campaign.when;
    throw error;
  } finally {
    await campaign.close();
  }
}

class Campaign {
  #options;
  #random;
  #place;
  #search;
  #ledger;
  #sweeper;
  #drive;
  #report = new Report();
  #startMs = 0;
  #last = 'the first start';

  /** @param {Options} options */
  constructor(options) {
    const { main, folder, server, seed } = options;
    this.#options = options;
    this.#random = new Random(seed);
    const globalKey = createHash('sha256').update(`key ${seed}`).digest('hex');
    this.#place = placeIn(main, folder, { globalKey, server });
    const contents = new Contents(seed);
    this.#search = new PlaintextSearch(contents);
    this.#ledger = new Ledger(contents);
    this.#drive = new Drive(this.#place);
    this.#sweeper = undefined;
  }

  get when() {
    const { seed } = this.#options;
    return `seed ${seed}, ${this.#report.kills} kills so far, the last: ${this.#last}`;
  }

  async run() {
    const { kills, agedEvery = 10, onKill } = this.#options;
    const start = performance.now();
    await this.#begin();
    let next = agedEvery;
    while (this.#report.kills < kills) {
      await this.#kill();
      await this.#restart();
      await this.#check();
      // A start may have been killed as well: not each number comes.
      if (this.#report.kills >= next) {
        next = this.#report.kills + agedEvery;
        await this.#sweepAged(() => this.#random.chance(60));
      }
      this.#report.seconds = (performance.now() - start) / 1000;
      onKill?.(this.#report, this.#last);
    }
    await this.#sweepAged(() => true);
    await checkOneToOne(this.#place);
    await this.#checkPromises();
    return this.#report;
  }

  async close() {
    await Promise.all([this.#drive.kill(), this.#sweeper?.close()]);
  }

  /** The first account has a file that stays. */
  async #begin() {
    await this.#open();
    const acting = this.#acting();
    await signIn(acting);
    const [account] = this.#ledger.accounts;
    while (keptFiles(account).length === 0) await upload(acting, account);
    const tmp = join(this.#options.folder, 'tmp-of-sweeper');
    this.#sweeper = new Sweeper(this.#place, tmp);
    await this.#sweeper.opened();
  }

  /** @returns {import('./load.mjs').Acting} */
  #acting() {
    const drive = this.#drive;
    return {
      drive,
      ledger: this.#ledger,
      random: this.#random,
      counts: this.#report.acknowledged,
      expect: expecting(drive),
    };
  }

  async #open() {
    const start = performance.now();
    await this.#drive.opened();
    this.#startMs = performance.now() - start;
  }

  async #kill() {
    const random = this.#random;
    const plan = planKill(random);
    this.#last = describePlan(plan);
    const { kind } = plan;
    const work = { seed: random.next(), workers: 4 + random.below(7), kind };
    const sweeping = random.chance(40);
    const drive = this.#drive;
    const [flights] = await Promise.all([
      killAsPlanned(drive, plan),
      keepBusy(this.#acting(), work),
      sweeping && sweepUnderLoad(this.#sweeper),
    ]);
    this.#report.sweeps.underLoad += sweeping ? 1 : 0;
    await this.#examineDead(flights);
  }

  /** @param {{ kind: string, isSent: boolean }[]} flights */
  async #examineDead(flights) {
    const { found } = this.#report;
    this.#report.addKill(flights);
    await settled(this.#place.database);
    await this.#search.check(this.#place, this.#drive.printed);
    found.temporaryFiles += await checkPrivate(this.#place.tmp);
    found.journals += existsSync(`${this.#place.database}-journal`) ? 1 : 0;
  }

  /** Now and then it is killed again before it is open. */
  async #restart() {
    const { kills } = this.#options;
    const random = this.#random;
    this.#drive = new Drive(this.#place);
    if (random.chance(STARTING_PERCENT) && this.#report.kills < kills) {
      const ms = random.below(Math.ceil(this.#startMs));
      this.#last += `, and again ${ms} ms after the next start`;
      await setTimeout(ms);
      await this.#drive.kill();
      await this.#examineDead([{ kind: 'start-up', isSent: true }]);
      this.#drive = new Drive(this.#place);
    }
    await this.#open();
    await checkTemporary(this.#place.tmp);
  }

  async #check() {
    await this.#checkPromises();
    await checkYoung(this.#sweeper, this.#place);
    this.#report.sweeps.young += 1;
  }

  async #checkPromises() {
    const { found } = this.#report;
    await checkPromises({ ...this.#acting(), found }, this.#place);
  }

  /** @param {(key: string) => boolean} isAged */
  async #sweepAged(isAged) {
    const { found, sweeps } = this.#report;
    const swept = await checkAged(this.#sweeper, this.#place, isAged);
    found.orphans += swept.orphans;
    found.parts += swept.parts;
    sweeps.aged += 1;
    sweeps.refused += swept.refused ? 1 : 0;
    sweeps.removed += swept.orphans + swept.parts;
  }
}
