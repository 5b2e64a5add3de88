import { setTimeout } from 'node:timers/promises';
import { Random } from '../fuzz/random.mjs';
import { signIn } from './accounts.mjs';
import { download, range, zip } from './downloads.mjs';
import { keptFiles } from './ledger.mjs';
import { redeem, revoke, share } from './links.mjs';
import { erase, remove } from './removals.mjs';
import { upload } from './uploads.mjs';
import { Violation } from './violation.mjs';

/** @import { Answer } from './client.mjs' */
/** @import { Drive } from './drive.mjs' */
/** @import { Account, Ledger } from './ledger.mjs' */

/**
 * What an action has at hand.
 *
 * @typedef {object} Acting
 * @property {Drive} drive
 * @property {Ledger} ledger
 * @property {Random} random
 * @property {Record<string, number>} counts - What was acknowledged.
 * @property {(answer: Answer, isExcused: boolean, what: string) => void} expect
 * Takes an answer that is no success: a violation while the process lives,
 * unless something that was asked for at the same time excuses it.
 */

/** Accounts at a time; the first one is never erased. */
const ACCOUNTS = 6;
/** With more files than that, an account deletes rather than uploads. */
const MANY_FILES = 14;
/** With fewer, it is seldom erased: there would be little to do. */
const FEW_FILES = 4;

/** How often each is done: its share of all. */
const WEIGHTS = {
  upload: 30,
  download: 22,
  range: 8,
  zip: 4,
  deletion: 14,
  erasure: 3,
  link: 6,
  redeem: 8,
  revoke: 2,
  account: 3,
};

/** What is done more often for a kill in the midst of one kind of request. */
const EMPHASIS = {
  upload: ['upload'],
  download: ['download', 'range', 'zip', 'redeem'],
  deletion: ['deletion'],
  erasure: ['erasure', 'account'],
  link: ['link', 'revoke'],
  'sign-in': ['account'],
};

/**
 * Requests of all kinds, one after the other by each of several workers, until
 * the process is killed.
 *
 * @param {Omit<Acting, 'random' | 'expect'>} place
 * @param {{ seed: number, workers: number, kind?: string }} plan
 */
export async function keepBusy(place, { seed, workers, kind }) {
  const choices = choicesFor(kind);
  const work = async (/** @type {number} */ worker) => {
    const random = new Random(seed + worker);
    const acting = { ...place, random, expect: expecting(place.drive) };
    while (!place.drive.isKilled) {
      await act(acting, random.pick(choices));
      if (random.chance(30)) await setTimeout(random.below(20));
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, at) => work(at)));
}

/** @param {string | undefined} kind @returns {string[]} */
function choicesFor(kind) {
  const more = EMPHASIS[kind] ?? [];
  return Object.entries(WEIGHTS).flatMap(([choice, weight]) =>
    Array.from(
      { length: more.includes(choice) ? weight + 20 : weight },
      () => choice,
    ),
  );
}

/** @param {Drive} drive @returns {Acting['expect']} */
export function expecting(drive) {
  return (answer, isExcused, what) => {
    const isBroken = answer.status === 0 || !answer.isWhole;
    if (isExcused || (isBroken && drive.isKilled)) return;
    const { status, fault, isWhole } = answer;
    throw new Violation(
      'a request that is right succeeds',
      `${what} was answered ${status}`,
      { fault, isWhole, text: answer.bytes.toString('utf8', 0, 500) },
    );
  };
}

/** @param {Acting} acting @param {string} choice */
async function act(acting, choice) {
  const { ledger, random } = acting;
  const accounts = ledger.active();
  if (choice === 'account' || accounts.length === 0) {
    await (accounts.length < ACCOUNTS ? signIn(acting) : pause(acting));
    return;
  }
  const account = random.pick(accounts);
  if (choice === 'erasure') {
    const fullest = accounts
      .slice(1)
      .toSorted(
        (one, other) => keptFiles(other).length - keptFiles(one).length,
      )[0];
    const isWorthwhile =
      fullest && (keptFiles(fullest).length >= FEW_FILES || random.chance(10));
    await (isWorthwhile ? erase(acting, fullest) : pause(acting));
  } else if (choice === 'upload') {
    await uploadTo(acting, account);
  } else if (choice === 'zip') {
    await zip(acting, account);
  } else {
    await actOnFile(acting, choice, account);
  }
}

/** @param {Acting} acting @param {Account} account */
async function uploadTo(acting, account) {
  const { ledger, random } = acting;
  const erasing = ledger.accounts.filter(({ state }) => state === 'erasing');
  // Now and then into an account that is just being erased.
  if (erasing.length > 0 && random.chance(40)) {
    await upload(acting, random.pick(erasing));
  } else if (keptFiles(account).length > MANY_FILES) {
    await actOnFile(acting, 'deletion', account);
  } else {
    await upload(acting, account);
  }
}

/** @param {Acting} acting @param {string} choice @param {Account} account */
async function actOnFile(acting, choice, account) {
  const { ledger, random } = acting;
  // The first file stays: a store none of whose files has a row is not swept.
  const files = keptFiles(account).slice(
    account === ledger.accounts[0] ? 1 : 0,
  );
  if (files.length === 0) {
    await uploadTo(acting, account);
    return;
  }
  const file = random.pick(files);
  const links = file.links.filter(({ state }) => state === 'kept');
  if (choice === 'deletion') await remove(acting, file);
  else if (choice === 'download') await download(acting, file);
  else if (choice === 'range') await range(acting, file);
  else if (choice === 'link' || links.length === 0) await share(acting, file);
  else if (choice === 'redeem') await redeem(acting, file, random.pick(links));
  else await revoke(acting, file, random.pick(links));
}

/** @param {Acting} acting */
async function pause({ random }) {
  await setTimeout(1 + random.below(10));
}
