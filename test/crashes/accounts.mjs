import { ask, jsonOf } from './client.mjs';
import { demand } from './violation.mjs';

/** @import { Acting } from './load.mjs' */

/**
 * Somebody new signs in.
 *
 * @param {Pick<Acting, 'drive' | 'ledger' | 'counts' | 'expect'>} acting
 */
export async function signIn({ drive, ledger, counts, expect }) {
  const name = ledger.newName();
  const answer = await ask(drive, {
    kind: 'sign-in',
    method: 'POST',
    path: '/api/session',
    ...jsonOf({ name }),
  });
  if (answer.status !== 200 || !answer.isWhole) {
    expect(answer, false, 'signing in');
    return;
  }
  const pairs = answer.cookies.map((line) => line.split(';', 1)[0] ?? '');
  const session = pairs.find((pair) => pair.startsWith('session='));
  const text = Buffer.from(session?.slice('session='.length) ?? '', 'base64');
  const { userId } = JSON.parse(text.toString());
  demand(userId, 'signing in works', 'the session has no user');
  ledger.addAccount({ name, id: userId, cookie: pairs.join('; ') });
  counts.accounts += 1;
}
