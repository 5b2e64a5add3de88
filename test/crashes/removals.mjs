import { ask } from './client.mjs';

/** @import { Account, KnownFile } from './ledger.mjs' */
/** @import { Acting } from './load.mjs' */

/**
 * Deletes a file.
 *
 * @param {Acting} acting
 * @param {KnownFile} file
 */
export async function remove(acting, file) {
  const { drive, counts } = acting;
  const { account } = file;
  file.state = 'deleting';
  account.removals += 1;
  const answer = await ask(drive, {
    kind: 'deletion',
    method: 'DELETE',
    path: `/api/files/${file.filename}`,
    cookie: account.cookie,
  });
  if (answer.status === 204 && answer.isWhole) {
    file.state = 'gone';
    counts.deletions += 1;
    return;
  }
  acting.expect(answer, account.state !== 'active', 'a deletion');
}

/**
 * Erases an account and all that is its.
 *
 * @param {Pick<Acting, 'drive' | 'counts' | 'expect'>} acting
 * @param {Account} account
 */
export async function erase(acting, account) {
  const { drive, counts } = acting;
  account.removals += 1;
  account.state = 'erasing';
  if (account.uploading > 0) account.isDisturbed = true;
  const answer = await ask(drive, {
    kind: 'erasure',
    method: 'DELETE',
    path: '/api/account',
    cookie: account.cookie,
  });
  if (answer.status === 200 && answer.isWhole) {
    account.state = 'erased';
    counts.erasures += 1;
    return;
  }
  acting.expect(answer, false, 'an erasure');
}
