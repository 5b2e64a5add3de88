import { buffer } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';
import { ask } from './client.mjs';
import { keptFiles, mustBeThere } from './ledger.mjs';
import { demand } from './violation.mjs';

/** @import { Answer } from './client.mjs' */
/** @import { Account, KnownFile } from './ledger.mjs' */
/** @import { Acting } from './load.mjs' */

export const DELIVERIES = ['temp-file', 'verify', 'stream'];

const RELEASED = 'what is released is right';

/**
 * A whole file, now and then read slowly.
 *
 * @param {Acting} acting
 * @param {KnownFile} file
 */
export async function download(acting, file) {
  const { drive, random, counts } = acting;
  const slow = { bytes: 0, ms: 1 + random.below(10) };
  const answer = await ask(drive, {
    kind: 'download',
    path: `/api/files/${file.filename}?delivery=${random.pick(DELIVERIES)}`,
    cookie: file.account.cookie,
    ...(random.chance(35) && { reading: slow }),
  });
  if (isFileOf(acting, answer, file)) counts.downloads += 1;
  else acting.expect(answer, !mustBeThere(file), 'a download');
}

/**
 * A part of a file.
 *
 * @param {Acting} acting
 * @param {KnownFile} file
 */
export async function range(acting, file) {
  const { drive, ledger, random, counts } = acting;
  if (file.size === 0) return;
  const from = random.below(file.size);
  const to = from + random.below(file.size - from);
  const answer = await ask(drive, {
    kind: 'download',
    path: `/api/files/${file.filename}?delivery=${random.pick(DELIVERIES)}`,
    cookie: file.account.cookie,
    headers: { range: `bytes=${from}-${to}` },
  });
  if (answer.status !== 206) {
    acting.expect(answer, !mustBeThere(file), 'a range');
    return;
  }
  const wanted = ledger.contentOf(file).subarray(from, to + 1);
  requirePart(answer, wanted, file);
  if (answer.isWhole) counts.ranges += 1;
  else acting.expect(answer, !mustBeThere(file), 'a range');
}

/**
 * All files of an account.
 *
 * @param {Acting} acting
 * @param {Account} account
 */
export async function zip(acting, account) {
  const { drive, counts } = acting;
  const { removals } = account;
  const before = keptFiles(account);
  const answer = await ask(drive, {
    kind: 'download',
    path: '/api/files.zip',
    cookie: account.cookie,
  });
  const isCalm = account.removals === removals && account.state === 'active';
  if (answer.status !== 200 || !answer.isWhole) {
    acting.expect(answer, !isCalm, 'a zip');
    return;
  }
  const names = await checkMembers(acting, answer.bytes);
  const missing = before.filter(({ name }) => !names.has(name));
  demand(
    !isCalm || missing.length === 0,
    'a zip has all files',
    'some are missing',
    missing.map(({ name }) => name),
  );
  counts.zips += 1;
}

/**
 * @param {Acting} acting
 * @param {Buffer} bytes - a zip.
 * @returns {Promise<Set<string>>} the names in it.
 */
async function checkMembers({ ledger }, bytes) {
  const names = new Set();
  const archive = await fromBufferPromise(bytes, { lazyEntries: true });
  for await (const entry of archive.eachEntry()) {
    const content = await buffer(await archive.openReadStreamPromise(entry));
    const file = ledger.fileNamed(entry.fileName);
    const isRight = file && ledger.contentOf(file).equals(content);
    demand(isRight, RELEASED, `${entry.fileName} in a zip is not`);
    names.add(entry.fileName);
  }
  return names;
}

/**
 * What has come of a file, whole or not, must be right.
 *
 * @param {Pick<Acting, 'ledger'>} acting
 * @param {Answer} answer
 * @param {KnownFile} file
 * @returns {boolean} whether all of it has come.
 */
export function isFileOf({ ledger }, answer, file) {
  if (answer.status !== 200) return false;
  requirePart(answer, ledger.contentOf(file), file);
  return answer.isWhole;
}

/**
 * @param {Answer} answer
 * @param {Buffer} wanted
 * @param {KnownFile} file
 */
function requirePart({ bytes, isWhole }, wanted, { name }) {
  const length = isWhole ? wanted.length : bytes.length;
  const isRight = bytes.equals(wanted.subarray(0, length));
  demand(isRight, RELEASED, `a download of ${name} is not`);
}
