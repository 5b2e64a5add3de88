import { fork } from 'node:child_process';
import { once } from 'node:events';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { keyOf, readRows } from './database.mjs';
import { readStore } from './storage.mjs';
import { demand } from './violation.mjs';

/** @import { Random } from '../fuzz/random.mjs' */
/** @import { Place } from './drive.mjs' */
/** @import { Stored } from './storage.mjs' */

const NEVER_YOUNGER = 'a sweep removes nothing that is young';
const EXACT = 'a sweep removes what is old and has no row, and nothing else';

const DAY_SECONDS = 24 * 60 * 60;
/** Older than a sweep leaves alone. */
const OLD_DAYS = 31;
/** More orphans than one of so many containers need `force`. */
const TOO_MANY = 10;

/**
 * @typedef {{ report?: Record<string, number>, code?: string, message?: string }} Swept
 */

/**
 * A process that sweeps the store of a drive. It is connected to the database
 * while it does so.
 */
export class Sweeper {
  #child;
  #ended;
  /** One sweep at a time. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {Place} place @param {string} tmp - temporary files of its own. */
  constructor({ main, env }, tmp) {
    const program = fileURLToPath(new URL('sweeper.mjs', import.meta.url));
    this.#child = fork(program, [main], {
      env: { ...env, FILE_ENCRYPTOR_TMP_DIR: tmp },
      execArgv: [],
    });
    this.#ended = new AbortController();
    this.#child.once('exit', () => this.#ended.abort());
  }

  async opened() {
    await this.#message();
  }

  /** @param {object} [options] @returns {Promise<Swept>} */
  sweep(options = {}) {
    const sweeping = this.#last.then(async () => {
      const answered = this.#message();
      this.#child.send(options);
      return answered;
    });
    this.#last = sweeping.catch(() => undefined);
    return sweeping;
  }

  async close() {
    if (this.#ended.signal.aborted) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  /** @returns {Promise<any>} the next thing that it says; fails at its end. */
  async #message() {
    const { signal } = this.#ended;
    const [message] = await once(this.#child, 'message', { signal });
    return message;
  }
}

/**
 * A sweep with the ages that it has by default, while others work.
 *
 * @param {Sweeper} sweeper
 */
export async function sweepUnderLoad(sweeper) {
  const swept = await sweeper.sweep();
  const { orphans, abandoned, removed } = swept.report ?? {};
  const isIdle = orphans === 0 && abandoned === 0 && removed === 0;
  demand(isIdle, NEVER_YOUNGER, 'under load', swept);
}

/**
 * A sweep with the ages that it has by default, while nobody else does anything:
 * it sees all that crashes have left, and leaves it alone.
 *
 * @param {Sweeper} sweeper
 * @param {Place} place
 */
export async function checkYoung(sweeper, place) {
  const before = await look(place);
  const swept = await sweeper.sweep();
  const expected = {
    containers: before.stored.containers.size,
    orphans: 0,
    unfinished: before.unfinished.length,
    abandoned: 0,
    young: before.orphans.length + before.unfinished.length,
    removed: 0,
    kept: 0,
    bytes: 0,
  };
  const details = { swept, expected };
  const isRight = isDeepStrictEqual(swept.report, expected);
  demand(isRight, NEVER_YOUNGER, 'its report is wrong', details);
  const after = await readStore(place.data);
  const isSame = isDeepStrictEqual(after, before.stored);
  demand(isSame, NEVER_YOUNGER, 'it has removed something', details);
}

/**
 * Makes some of what crashes have left old, and all that has a row, and sweeps.
 *
 * @param {Sweeper} sweeper
 * @param {Place} place
 * @param {(key: string) => boolean} isAged - whether to make it old.
 * @returns {Promise<{ orphans: number, parts: number, refused: boolean }>} what
 * was found, and whether it had to be forced.
 */
export async function checkAged(sweeper, place, isAged) {
  const before = await look(place);
  const orphans = before.orphans.filter(isAged);
  const unfinished = before.unfinished.filter(isAged);
  const old = new Set([...orphans, ...unfinished]);
  await setAge(place, before.stored, OLD_DAYS, (key) => {
    return old.has(key) || before.rows.has(key);
  });
  const refused = orphans.length * TOO_MANY > before.stored.containers.size;
  if (refused) {
    const swept = await sweeper.sweep();
    const isRefused = swept.code === 'SWEEP_TOO_MANY';
    demand(isRefused, 'a sweep refuses to remove many', 'it has not', swept);
    const now = await readStore(place.data);
    demand(isDeepStrictEqual(now, before.stored), EXACT, 'refused, and done');
  }
  const swept = await sweeper.sweep({ force: refused });
  const { report } = swept;
  const isRight =
    report?.['orphans'] === orphans.length &&
    report['abandoned'] === unfinished.length &&
    report['removed'] === old.size;
  demand(isRight, EXACT, 'its report is wrong', { swept, old: [...old] });
  const kept = (/** @type {Set<string>} */ keys) =>
    new Set([...keys].filter((key) => !old.has(key)));
  const { containers, parts } = before.stored;
  const expected = { containers: kept(containers), parts: kept(parts) };
  const after = await readStore(place.data);
  const isExact = isDeepStrictEqual(after, expected);
  demand(isExact, EXACT, 'its removals are wrong', { after, expected });
  // What has a row is young again: deleted, and its process killed, it counts as
  // an orphan of the age that it has.
  await setAge(place, after, 0, (key) => before.rows.has(key));
  return { orphans: orphans.length, parts: unfinished.length, refused };
}

/** Rows and containers, one to one. @param {Place} place */
export async function checkOneToOne(place) {
  const { stored, rows } = await look(place);
  const isSame = isDeepStrictEqual(stored.containers, rows);
  const isRight = isSame && stored.parts.size === 0;
  const message = `${rows.size} rows, ${stored.containers.size} containers, ${stored.parts.size} parts`;
  demand(isRight, 'rows and containers match after a sweep', message, stored);
}

/** @param {Place} place */
async function look({ data, database }) {
  const stored = await readStore(data);
  const { files } = await readRows(database);
  const rows = new Set(files.map(keyOf).toSorted());
  const orphans = [...stored.containers].filter((key) => !rows.has(key));
  const unfinished = [...stored.parts].filter(
    (key) => !stored.containers.has(key) && !rows.has(key),
  );
  return { stored, rows, orphans, unfinished };
}

/**
 * @param {Place} place
 * @param {Stored} stored
 * @param {number} days
 * @param {(key: string) => boolean} isMeant
 */
async function setAge({ data }, { containers, parts }, days, isMeant) {
  const seconds = Date.now() / 1000 - days * DAY_SECONDS;
  const names = [
    ...[...containers].filter(isMeant),
    ...[...parts].filter(isMeant).map((key) => `${key}.part`),
  ];
  for (const name of names) await utimes(join(data, name), seconds, seconds);
}
