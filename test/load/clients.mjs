import { isDeepStrictEqual } from 'node:util';
import { ask, formOf, read } from '../crashes/client.mjs';
import { DELIVERIES, download, range, zip } from '../crashes/downloads.mjs';
import { keptFiles } from '../crashes/ledger.mjs';
import { redeem, revoke, share } from '../crashes/links.mjs';
import { remove } from '../crashes/removals.mjs';
import { send } from '../crashes/uploads.mjs';
import { demand } from '../crashes/violation.mjs';

/** @import { Account, KnownFile } from '../crashes/ledger.mjs' */
/** @import { Acting } from '../crashes/load.mjs' */

const MEBI = 1024 * 1024;

/** Bytes of a file, and how often: its share of all. */
const SIZES = [
  { bytes: 0, weight: 18 },
  { bytes: 1, weight: 9 },
  { bytes: 65_536, weight: 27 },
  { bytes: 100_000, weight: 27 },
  { bytes: MEBI, weight: 18 },
  { bytes: 20 * MEBI, weight: 1 },
].flatMap(({ bytes, weight }) => Array.from({ length: weight }, () => bytes));

/** An account with more deletes some: the disk does not fill. */
const MOST_FILES = 8;
const MOST_BYTES = 3 * MEBI;

/** How often each is done: its share of all. */
const WEIGHTS = {
  upload: 28,
  download: 30,
  range: 9,
  head: 6,
  list: 3,
  zip: 4,
  link: 6,
  redeem: 7,
  revoke: 1,
  brokenUpload: 3,
  brokenDownload: 3,
};

/** Bytes of a form that come after its last file, or fewer. */
const ENDING = 30;

const CHOICES = Object.entries(WEIGHTS).flatMap(([choice, weight]) =>
  Array.from({ length: weight }, () => choice),
);

/** Everything that a client does. */
export const ALL_CHOICES = Object.keys(WEIGHTS);

/**
 * One request of a client, who has an account of their own and does one thing
 * after the other: all that is right succeeds.
 *
 * @param {Acting} acting
 * @param {Account} account
 * @param {string} [choice] - a random one if absent.
 */
export async function act(acting, account, choice) {
  const { random } = acting;
  const files = keptFiles(account);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length > MOST_FILES || bytes > MOST_BYTES) {
    const largest = files.toSorted((one, other) => other.size - one.size)[0];
    await remove(acting, random.chance(50) ? largest : random.pick(files));
    return;
  }
  const chosen = choice ?? random.pick(CHOICES);
  if (chosen === 'upload' || files.length === 0) {
    const count = random.chance(80) ? 1 : 2 + random.below(2);
    const sizes = Array.from({ length: count }, () => random.pick(SIZES));
    await send(acting, account, { sizes });
  } else if (chosen === 'list') await list(acting, account);
  else if (chosen === 'zip') await zip(acting, account);
  else if (chosen === 'brokenUpload') await breakUpload(acting, account);
  else await actOnFile(acting, chosen, random.pick(files));
}

/** @param {Acting} acting @param {string} choice @param {KnownFile} file */
async function actOnFile(acting, choice, file) {
  const { random } = acting;
  // Asked once more than it allows, a link is refused, and then left alone.
  const links = file.links.filter(
    ({ state, begun, maxDownloads }) =>
      state === 'kept' && begun <= maxDownloads,
  );
  if (choice === 'download') await download(acting, file);
  else if (choice === 'range') await range(acting, file);
  else if (choice === 'head') await head(acting, file);
  else if (choice === 'brokenDownload') await breakDownload(acting, file);
  else if (choice === 'link' || links.length === 0) await share(acting, file);
  else if (choice === 'redeem') await redeem(acting, file, random.pick(links));
  else await revoke(acting, file, random.pick(links));
}

/** @param {Acting} acting @param {Account} account */
async function list({ drive, expect }, account) {
  const answer = await ask(drive, {
    kind: 'list',
    path: '/api/files',
    cookie: account.cookie,
  });
  if (answer.status !== 200 || !answer.isWhole) {
    expect(answer, false, 'a list');
    return;
  }
  const listed = new Set(read(answer).map(({ filename }) => filename));
  const kept = new Set(keptFiles(account).map(({ filename }) => filename));
  const isRight = isDeepStrictEqual(listed, kept);
  demand(isRight, 'a list has all files', 'it is wrong', { listed, kept });
}

/** @param {Acting} acting @param {KnownFile} file */
async function head({ drive, random, expect }, file) {
  const answer = await ask(drive, {
    kind: 'head',
    method: 'HEAD',
    path: `/api/files/${file.filename}?delivery=${random.pick(DELIVERIES)}`,
    cookie: file.account.cookie,
  });
  const isRight = answer.status === 200 && answer.isWhole;
  expect(answer, isRight, 'a HEAD');
}

/**
 * Breaks off a form before its end: in the first file, or in the second one
 * when the first has been stored.
 *
 * @param {Acting} acting
 * @param {Account} account
 */
async function breakUpload({ drive, ledger, random, expect }, account) {
  const sizes = [65_536, random.pick([1, 65_536, 100_000, MEBI])];
  const files = sizes.map((size) => {
    const file = ledger.addFile(account, size);
    file.state = 'gone';
    return { name: file.name, content: ledger.contentOf(file) };
  });
  const form = formOf(files);
  const answer = await ask(drive, {
    kind: 'broken upload',
    method: 'POST',
    path: '/api/files',
    cookie: account.cookie,
    ...form,
    breakAt: 1 + random.below(form.body.length - ENDING),
  });
  expect(answer, answer.status === 0, 'a broken upload');
}

/** @param {Acting} acting @param {KnownFile} file */
async function breakDownload({ drive, random, expect }, file) {
  const answer = await ask(drive, {
    kind: 'broken download',
    path: `/api/files/${file.filename}?delivery=${random.pick(DELIVERIES)}`,
    cookie: file.account.cookie,
    take: () => {
      throw new Error('broken off by the client');
    },
  });
  expect(answer, answer.status === 200, 'a broken download');
}
