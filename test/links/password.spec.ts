import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../../lib/core/errors.js';
import {
  hashPassword,
  isPassword,
  matchesPassword,
} from '../../lib/links/link-password.js';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases } from '../databases.js';
import { admit, codeOf, leaseIn, useLinks } from './link-place.js';

const QUARTER = 15 * 60_000;

const yes = () => Promise.resolve(true);

describe('a password', () => {
  it('is hashed as the page of keys says', async () => {
    const stored = await hashPassword('Zoe\u0308');
    const [version, salt = '', hash] = stored.split('.');
    expect(version).toBe('1');
    const bytes = Buffer.from(salt, 'base64url');
    expect(bytes).toHaveLength(16);
    const cost = { N: 32_768, r: 8, p: 3, maxmem: 2 ** 26 };
    const expected = scryptSync('Zo\u00eb', bytes, 32, cost);
    expect(hash).toBe(expected.toString('base64url'));
  });

  it('matches itself, in each of its spellings, and no other', async () => {
    const stored = await hashPassword('Zo\u00eb');
    expect(await matchesPassword('Zoe\u0308', stored, yes)).toBe(true);
    for (const other of ['zo\u00eb', 'Zo\u00eb ', 'Zoe', 'x'.repeat(1024)]) {
      expect(await matchesPassword(other, stored, yes)).toBe(false);
    }
    expect(await hashPassword('Zo\u00eb')).not.toBe(stored);
  });

  it.each(['', '1', '1..', '2.salt.hash', `1.${'s'.repeat(22)}.short`])(
    'is not compared with what is no hash: %j',
    async (stored) => {
      const error = await rejectionOf(matchesPassword('any', stored, yes));
      expect(error).toBeInstanceOf(FormatError);
    },
  );

  it.each([undefined, null, '', 7, ['a'], {}, 'x'.repeat(1025)])(
    'is none: %j',
    (value) => {
      expect(isPassword(value)).toBe(false);
    },
  );
});

describeDatabases((database) => {
  const linked = useLinks(database);
  const redeem = (secret: string, password?: string) =>
    codeOf(linked.links.redeem(secret, { password }));

  it('is asked for, and told to who looks', async () => {
    const { link, secret } = await linked.share('text', { password: 'right' });
    expect(link.needsPassword).toBe(true);
    expect(await linked.links.find(secret)).toHaveProperty(
      'needsPassword',
      true,
    );
    await admit(await linked.links.redeem(secret, { password: 'right' }), 4);
  });

  it('that is missing costs no try, and is not written', async () => {
    const { link, secret } = await linked.share('text', { password: 'right' });
    const before = await linked.row(link);
    for (const missing of [undefined, '', 'x'.repeat(1025)]) {
      expect(await redeem(secret, missing)).toBe('LINK_PASSWORD');
    }
    expect(await linked.row(link)).toEqual(before);
  });

  it('can be tried ten times in a quarter of an hour', async () => {
    const { links, clock } = linked;
    const { link, secret } = await linked.share('text', { password: 'right' });
    const tries = await Promise.all(
      Array.from({ length: 12 }, () => redeem(secret, 'wrong')),
    );
    expect(tries.filter((code) => code === 'LINK_PASSWORD')).toHaveLength(10);
    expect(tries.filter((code) => code === 'LINK_LOCKED')).toHaveLength(2);
    expect(await redeem(secret, 'right')).toBe('LINK_LOCKED');
    expect((await linked.row(link)).attempts).toBe(10);
    clock.now += QUARTER - 1;
    expect(await redeem(secret, 'right')).toBe('LINK_LOCKED');
    clock.now += 1;
    await links.redeem(secret, { password: 'right' });
    expect((await linked.row(link)).attempts).toBe(0);
  });

  it('that is right gives its try back, and no other', async () => {
    const { links } = linked;
    const { link, secret } = await linked.share('text', { password: 'right' });
    expect(await redeem(secret, 'wrong')).toBe('LINK_PASSWORD');
    for (const _ of [1, 2, 3]) {
      await links.redeem(secret, { password: 'right' });
    }
    expect((await linked.row(link)).attempts).toBe(1);
  });

  it('is not asked for again under a lease, and is without one', async () => {
    const { links, clock } = linked;
    const { secret } = await linked.share('text', {
      password: 'right',
      maxDownloads: 2,
    });
    const file = await links.redeem(secret, { password: 'right' });
    const whole = await admit(file, 4);
    await whole.settle(4);
    const lease = leaseIn(whole);
    const part = await admit(await links.redeem(secret, { lease }), 2);
    await part.settle(2);
    expect(await redeem(secret)).toBe('LINK_PASSWORD');
    clock.now += QUARTER;
    expect(await codeOf(links.redeem(secret, { lease }))).toBe('LINK_PASSWORD');
  });

  it('opens nothing of a link that is over', async () => {
    const { links } = linked;
    const { link, secret } = await linked.share('text', { password: 'right' });
    await admit(await links.redeem(secret, { password: 'right' }), 4);
    expect(await redeem(secret, 'wrong')).toBe('LINK_SPENT');
    expect((await linked.row(link)).attempts).toBe(0);
  });
});
