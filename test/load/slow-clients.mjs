import { createHash } from 'node:crypto';
import { ask, formOf } from '../crashes/client.mjs';
import { DELIVERIES, download } from '../crashes/downloads.mjs';
import { keptFiles } from '../crashes/ledger.mjs';
import { send } from '../crashes/uploads.mjs';
import { demand } from '../crashes/violation.mjs';

/** @import { Account, KnownFile } from '../crashes/ledger.mjs' */
/** @import { Acting } from '../crashes/load.mjs' */

/**
 * Bytes of what slow readers read. In a process that keeps it in memory for a
 * third of them, those of one delivery, that is noticed.
 */
export const SLOWLY_READ = 40 * 1024 * 1024;

/** Nobody waits as long as that: 24 days. */
const EVER_MS = 2 ** 31 - 1;

/** Of a slow writer's file. */
const WRITTEN = { bytes: 100_000, head: 50_000 };

/**
 * Something that slow clients share.
 *
 * @typedef {object} Slowness
 * @property {Acting} acting
 * @property {Account} account
 * @property {KnownFile} file - A large one.
 * @property {string} digest - Its SHA-256.
 * @property {number} idleSeconds - For which the drive lets clients stand still.
 * @property {AbortSignal} until - From then on they are slow no more.
 */

/**
 * @param {Acting} acting
 * @param {Account} account - a new one.
 * @returns {Promise<{ file: KnownFile, digest: string }>} what they read.
 */
export async function storeLarge(acting, account) {
  await send(acting, account, { sizes: [SLOWLY_READ] });
  const [file] = keptFiles(account);
  demand(file, 'a large file is stored', 'it was not');
  const hash = createHash('sha256').update(acting.ledger.contentOf(file));
  return { file, digest: hash.digest('hex') };
}

/**
 * Reads a large file, again and again, a chunk of 64 KiB in a second where the
 * drive waits for a minute. Connections have large buffers: for a drive, who
 * takes less than that stands still.
 *
 * @param {Slowness} slowness
 * @param {number} index
 */
export async function readSlowly(slowness, index) {
  const { acting, idleSeconds, until } = slowness;
  const ms = (idleSeconds * 1000) / 60;
  do {
    const { answer, isRight } = await readLarge(slowness, {
      kind: 'slow download',
      delivery: DELIVERIES[index % DELIVERIES.length],
      reading: { bytes: 0, ms, until },
    });
    acting.expect(answer, isRight, 'a slow download');
  } while (!until.aborted && acting.drive.isRunning);
}

/**
 * Sends a file, half of it at once, and then a byte in a second.
 *
 * @param {Slowness} slowness
 */
export async function writeSlowly({ acting, account, until }) {
  const { bytes, head } = WRITTEN;
  await send(acting, account, {
    sizes: [bytes],
    kind: 'slow upload',
    pace: { bytes: 1, ms: 1000, head, until },
  });
  const written = keptFiles(account).filter(({ size }) => size === bytes);
  if (written.length > 0) await download(acting, acting.random.pick(written));
}

/**
 * Begins to read, stands still, and reads on much later: it was ended.
 *
 * @param {Slowness} slowness
 * @param {number} index
 */
export async function readNothing(slowness, index) {
  const { answer } = await readLarge(slowness, {
    kind: 'idle download',
    delivery: DELIVERIES[index % DELIVERIES.length],
    reading: { bytes: 0, ms: EVER_MS, until: slowness.until },
  });
  const wasEnded = answer.status === 200 && !answer.isWhole;
  slowness.acting.expect(answer, wasEnded, 'an idle download');
}

/**
 * Sends half of a form, and stands still: it is refused.
 *
 * @param {Slowness} slowness
 */
export async function writeNothing({ acting, account, ...slowness }) {
  const { drive, ledger, expect } = acting;
  const file = ledger.addFile(account, WRITTEN.bytes);
  file.state = 'gone';
  const answer = await ask(drive, {
    kind: 'idle upload',
    method: 'POST',
    path: '/api/files',
    cookie: account.cookie,
    ...formOf([{ name: file.name, content: ledger.contentOf(file) }]),
    pace: { bytes: 1, ms: EVER_MS, head: WRITTEN.head, until: slowness.until },
  });
  const limit = `${slowness.idleSeconds} seconds`;
  const isRight = answer.status === 408 && answer.bytes.includes(limit);
  expect(answer, isRight, 'an idle upload');
}

/**
 * @param {Slowness} slowness
 * @param {{ kind: string, delivery: string, reading: import('../crashes/client.mjs').Pace }} way
 */
async function readLarge({ acting, file, digest }, { delivery, ...way }) {
  const hash = createHash('sha256');
  const answer = await ask(acting.drive, {
    ...way,
    path: `/api/files/${file.filename}?delivery=${delivery}`,
    cookie: file.account.cookie,
    take: (chunk) => hash.update(chunk),
  });
  const isRight = answer.isWhole && hash.digest('hex') === digest;
  return { answer, isRight };
}
