import { ask, read } from './client.mjs';
import { keyOf, readRows } from './database.mjs';
import { DELIVERIES, isFileOf } from './downloads.mjs';
import { erase } from './removals.mjs';
import { readStore } from './storage.mjs';
import { demand } from './violation.mjs';

/** @import { Account, KnownFile } from './ledger.mjs' */
/** @import { Acting } from './load.mjs' */
/** @import { Place } from './drive.mjs' */
/** @import { Report } from './report.mjs' */
/** @import { Rows } from './database.mjs' */

/** @typedef {Acting & { found: Report['found'] }} Checking */

const CONTAINED = 'every row has its container';
const READABLE = 'every row is readable';
const DURABLE = 'what was acknowledged is there';
const GONE = 'what was acknowledged as deleted is gone';

/** Downloads at a time. */
const AT_ONCE = 4;

/**
 * Holds what a process that was started after a crash has against what the
 * client knows. Afterwards the client knows what became of what was not
 * acknowledged; an erasure that was cut off is done again.
 *
 * @param {Checking} checking - with a process that nobody else asks anything.
 * @param {Place} place
 */
export async function checkPromises(checking, { database, data }) {
  const { ledger } = checking;
  const rows = await readRows(database);
  await checkContainers(rows, data);
  checkOwners(checking, rows);
  for (const account of ledger.accounts) {
    if (account.state === 'active') {
      await checkAccount(checking, account, rows);
    } else if (account.state === 'erasing') {
      await finishErasure(checking, account, rows);
    }
  }
  const after = await readRows(database);
  for (const account of ledger.accounts) checkErased(account, after);
  checkLinkRows(checking, after);
}

/** @param {Rows} rows @param {string} data */
async function checkContainers({ files }, data) {
  const { containers } = await readStore(data);
  const missing = files.map(keyOf).filter((key) => !containers.has(key));
  const message = `${missing.length} have none`;
  demand(missing.length === 0, CONTAINED, message, missing);
}

/**
 * Rows of nobody would be looked at by nobody.
 *
 * @param {Checking} checking
 * @param {Rows} rows
 */
function checkOwners({ ledger }, { files, tokens }) {
  const known = new Set(ledger.accounts.map(({ id }) => id));
  const others = [...files, ...tokens].filter(
    ({ userId }) => !known.has(userId),
  );
  const message = `${others.length} are of an account that nobody has`;
  demand(others.length === 0, READABLE, message, others);
}

/**
 * @param {Checking} checking
 * @param {Account} account
 * @param {Rows} rows
 */
async function checkAccount(checking, account, rows) {
  const entries = await listed(checking, account);
  const own = rows.files.filter(({ userId }) => userId === account.id);
  const names = new Set(entries.map(({ filename }) => filename));
  const unlisted = own.filter(({ filename }) => !names.has(filename));
  demand(unlisted.length === 0, READABLE, 'some are not listed', unlisted);
  const there = new Set(entries.map((entry) => recognise(checking, entry)));
  demand(there.size === entries.length, READABLE, 'two are one', entries);
  for (const file of account.files) settle(checking, file, there.has(file));
  await readAll(checking, there);
  for (const file of there) await checkLinks(checking, file);
}

/**
 * An erasure that was not acknowledged has done nothing yet, or the owner's key
 * is gone; then nothing can be read any more, and it has to be done again.
 *
 * @param {Checking} checking
 * @param {Account} account
 * @param {Rows} rows
 */
async function finishErasure(checking, account, rows) {
  const { found } = checking;
  found.unfinishedErasures += 1;
  if (!rows.users.some(({ id }) => id === account.id)) {
    account.state = 'erased';
    return;
  }
  const hasToken = rows.tokens.some(({ userId }) => userId === account.id);
  if (hasToken && !account.isDisturbed) {
    await checkAccount(checking, account, rows);
  } else {
    found.halfErased += 1;
    const entries = await listed(checking, account);
    await readAll(
      checking,
      entries.map((entry) => recognise(checking, entry)),
    );
  }
  account.isDisturbed = false;
  await erase(checking, account);
  const { status } = await ask(checking.drive, {
    kind: 'check',
    path: '/api/session',
    cookie: account.cookie,
  });
  demand(status === 401, GONE, 'the session of an erased account works');
}

/**
 * @param {Acting} acting
 * @param {Account} account
 * @returns {Promise<{ filename: string, name: string, size: number }[]>}
 */
async function listed({ drive }, { cookie, name }) {
  const answer = await ask(drive, {
    kind: 'check',
    path: '/api/files',
    cookie,
  });
  demand(answer.status === 200, READABLE, `the list of ${name}`, answer);
  return read(answer);
}

/**
 * @param {Acting} acting
 * @param {{ filename: string, name: string, size: number }} entry
 * @returns {KnownFile}
 */
function recognise({ ledger }, entry) {
  const file = ledger.fileNamed(entry.name);
  demand(file && file.size === entry.size, READABLE, 'name or size', entry);
  const isSame = !file.filename || file.filename === entry.filename;
  demand(isSame, READABLE, 'an upload has two rows', entry);
  file.filename = entry.filename;
  return file;
}

/** @param {Checking} checking @param {KnownFile} file @param {boolean} isThere */
function settle({ found }, file, isThere) {
  const { name, filename, size, state } = file;
  if (isThere) {
    demand(state !== 'gone', GONE, name, { filename, size });
    if (state === 'sending') found.unansweredUploads += 1;
    // Links are deleted before their file.
    if (state === 'deleting') file.links = [];
    file.state = 'kept';
  } else {
    demand(state !== 'kept', DURABLE, name, { filename, size });
    if (state === 'deleting') found.unansweredDeletions += 1;
    file.state = 'gone';
  }
}

/**
 * Nothing is asked any more when it ends, whether it passes or fails.
 *
 * @param {Checking} checking
 * @param {Iterable<KnownFile>} files
 */
async function readAll(checking, files) {
  const left = [...files];
  const work = async () => {
    for (let file = left.pop(); file; file = left.pop()) {
      const delivery = checking.random.pick(DELIVERIES);
      const answer = await ask(checking.drive, {
        kind: 'check',
        path: `/api/files/${file.filename}?delivery=${delivery}`,
        cookie: file.account.cookie,
      });
      const { status, fault, isWhole } = answer;
      const isRight = isFileOf(checking, answer, file);
      const { name, filename, size } = file;
      const details = { filename, size, delivery, fault, isWhole };
      demand(isRight, READABLE, `${name} is answered ${status}`, details);
      checking.found.filesRead += 1;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/** @param {Acting} acting @param {KnownFile} file */
async function checkLinks({ drive }, { links, filename, name, account }) {
  if (links.length === 0) return;
  const path = `/api/files/${filename}/links`;
  const { cookie } = account;
  const answer = await ask(drive, { kind: 'check', path, cookie });
  demand(answer.status === 200, READABLE, `the links of ${name}`, answer);
  const ids = new Set(read(answer).map(({ id }) => id));
  for (const link of links) {
    const isThere = ids.has(link.id);
    if (isThere) demand(link.state !== 'gone', GONE, `a link of ${name}`, link);
    else demand(link.state !== 'kept', DURABLE, `a link of ${name}`, link);
    link.state = isThere ? 'kept' : 'gone';
  }
}

/** @param {Account} account @param {Rows} rows */
function checkErased({ state, id, name }, { users, tokens, files }) {
  if (state !== 'erased') return;
  const left = {
    users: users.filter((user) => user.id === id).length,
    tokens: tokens.filter(({ userId }) => userId === id).length,
    files: files.filter(({ userId }) => userId === id).length,
  };
  const isGone = Object.values(left).every((count) => count === 0);
  demand(isGone, 'an erased account has no rows', name, left);
}

/**
 * A link goes with its file. Only one that was just being made when a process
 * was killed may be left: whoever makes one looks afterwards whether the file is
 * still there.
 *
 * @param {Acting} acting
 * @param {Rows} rows
 */
function checkLinkRows({ ledger }, { files, links }) {
  const filenames = new Set(files.map(({ filename }) => filename));
  const excused = new Set(
    ledger.accounts
      .flatMap((account) => [...account.files])
      .filter(({ hasUnansweredLink }) => hasUnansweredLink)
      .map(({ filename }) => filename),
  );
  const lost = links.filter(
    ({ filename }) => !filenames.has(filename) && !excused.has(filename),
  );
  const message = `${lost.length} are left`;
  demand(lost.length === 0, 'no link is left without its file', message, lost);
}
