import { ask, formOf, read } from './client.mjs';
import { LARGEST } from './contents.mjs';
import { demand } from './violation.mjs';

/** @import { Pace } from './client.mjs' */
/** @import { Account, KnownFile } from './ledger.mjs' */
/** @import { Acting } from './load.mjs' */

/** Above so many bytes in the store, only small files are sent. */
const FULL = 48 * 1024 * 1024;

/** A share of the files in percent, and the size that they have at most. */
const SIZES = [
  [10, 0],
  [25, 1024],
  [30, 200 * 1024],
  [25, 2 * 1024 * 1024],
  [10, LARGEST],
];

/**
 * Sends one to three files in a form, now and then slowly.
 *
 * @param {Acting} acting
 * @param {Account} account
 */
export async function upload(acting, account) {
  const { random } = acting;
  const count = random.chance(75) ? 1 : 2 + random.below(2);
  const sizes = Array.from({ length: count }, () => sizeOf(acting));
  const slow = { bytes: 1024 << random.below(7), ms: 1 + random.below(8) };
  await send(acting, account, {
    sizes,
    ...(random.chance(35) && { pace: slow }),
  });
}

/**
 * Sends new files of these sizes in a form.
 *
 * @param {Omit<Acting, 'random'>} acting
 * @param {Account} account
 * @param {{ sizes: readonly number[], pace?: Pace, kind?: string }} form
 */
export async function send(acting, account, { sizes, kind = 'upload', pace }) {
  const { drive, ledger, counts } = acting;
  const files = sizes.map((size) => ledger.addFile(account, size));
  const form = formOf(
    files.map((file) => ({
      name: file.name,
      content: ledger.contentOf(file),
    })),
  );
  const answer = await beside(account, () =>
    ask(drive, {
      kind,
      method: 'POST',
      path: '/api/files',
      cookie: account.cookie,
      ...form,
      ...(pace && { pace }),
    }),
  );
  if (answer.status === 201 && answer.isWhole) {
    counts.uploads += files.length;
    keep(files, read(answer));
    return;
  }
  acting.expect(answer, account.state !== 'active', 'an upload');
}

/** @param {Acting} acting @returns {number} bytes. */
function sizeOf({ random, ledger }) {
  const at = random.below(100);
  let below = 0;
  const isFull = ledger.bytes > FULL;
  for (const [share, largest] of SIZES) {
    below += share;
    const most = isFull ? Math.min(largest, 4096) : largest;
    if (at < below) return most === 0 ? 0 : random.below(most + 1);
  }
  return 0;
}

/**
 * Tells of an account that an upload was under way while it was erased.
 *
 * @template T
 * @param {Account} account
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
async function beside(account, act) {
  account.uploading += 1;
  if (account.state !== 'active') account.isDisturbed = true;
  try {
    return await act();
  } finally {
    account.uploading -= 1;
  }
}

/**
 * @param {readonly KnownFile[]} files
 * @param {readonly { filename: string, name: string, size: number }[]} entries
 */
function keep(files, entries) {
  const promise = 'an upload is answered rightly';
  demand(entries.length === files.length, promise, 'the count is wrong');
  for (const [index, file] of files.entries()) {
    const { filename, name, size } = entries[index];
    const isRight = name === file.name && size === file.size;
    demand(isRight, promise, 'name or size is wrong', entries[index]);
    file.filename = filename;
    file.state = 'kept';
  }
}
