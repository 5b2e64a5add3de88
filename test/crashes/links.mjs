import { ask, jsonOf, read } from './client.mjs';
import { isFileOf } from './downloads.mjs';
import { mustBeThere } from './ledger.mjs';
import { demand } from './violation.mjs';

/** @import { KnownFile, KnownLink } from './ledger.mjs' */
/** @import { Acting } from './load.mjs' */

/**
 * Makes a link to a file.
 *
 * @param {Acting} acting
 * @param {KnownFile} file
 */
export async function share(acting, file) {
  const { drive, random, counts } = acting;
  const maxDownloads = 1 + random.below(3);
  const answer = await ask(drive, {
    kind: 'link',
    method: 'POST',
    path: `/api/files/${file.filename}/links`,
    cookie: file.account.cookie,
    ...jsonOf({ expiresIn: 86_400, maxDownloads }),
  });
  if (answer.status === 201 && answer.isWhole) {
    const { id, url } = read(answer);
    const path = new URL(url).pathname;
    const used = { begun: 0, completed: 0 };
    file.links.push({ id, path, maxDownloads, ...used, state: 'kept' });
    counts.links += 1;
    return;
  }
  file.hasUnansweredLink ||= answer.status === 0;
  acting.expect(answer, !mustBeThere(file), 'a new link');
}

/**
 * Downloads by a link, as a browser that has not been here before.
 *
 * @param {Acting} acting
 * @param {KnownFile} file
 * @param {KnownLink} link
 */
export async function redeem(acting, file, link) {
  const { drive, counts } = acting;
  link.begun += 1;
  const isLeft = link.begun <= link.maxDownloads;
  const answer = await ask(drive, {
    kind: 'download',
    method: 'POST',
    path: link.path,
  });
  if (isFileOf(acting, answer, file)) {
    link.completed += 1;
    counts.redeemed += 1;
    demand(
      link.completed <= link.maxDownloads,
      'a link gives no more than its downloads',
      `${link.completed} of ${link.maxDownloads}`,
      link,
    );
    return;
  }
  const isUsedUp = !isLeft && answer.status === 410;
  const isCalm = mustBeThere(file) && link.state === 'kept';
  acting.expect(answer, isUsedUp || !isCalm, 'a download by a link');
}

/**
 * Takes a link back.
 *
 * @param {Acting} acting
 * @param {KnownFile} file
 * @param {KnownLink} link
 */
export async function revoke(acting, file, link) {
  const { drive, counts } = acting;
  link.state = 'revoking';
  const answer = await ask(drive, {
    kind: 'link',
    method: 'DELETE',
    path: `/api/links/${link.id}`,
    cookie: file.account.cookie,
  });
  if (answer.status === 204 && answer.isWhole) {
    link.state = 'gone';
    counts.revoked += 1;
    return;
  }
  acting.expect(answer, !mustBeThere(file), 'a revocation');
}
