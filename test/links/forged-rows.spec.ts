import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import { IntegrityError } from '../../lib/core/errors.js';
import { sealTerms } from '../../lib/core/keys/link-terms.js';
import { SecretKey } from '../../lib/core/secret-key.js';
import { hashSecret, newSecret } from '../../lib/links/link-secret.js';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases } from '../databases.js';
import { LogCapture } from '../e2e/log-capture.js';
import { Paper, PaperToken } from '../encryption-service/papers.js';
import { codeOf, PaperLink, type SharedPaper, useLinks } from './link-place.js';

describeDatabases((database) => {
  const linked = useLinks(database);
  const log = new LogCapture();
  beforeAll(() => {
    Logger.overrideLogger(log);
  });

  /** What every way to open a link answers. */
  async function refusals(secret: string): Promise<unknown[]> {
    const { links } = linked;
    const calls = [links.find(secret), links.redeem(secret)];
    return Promise.all(calls.map(codeOf));
  }

  /** Whether a link is refused as damaged, and listed for nobody. */
  async function isDamaged(shared: SharedPaper): Promise<boolean> {
    const { secret, owner, filename } = shared;
    const { links } = linked;
    const calls = [links.redeem(secret), links.find(secret)];
    const errors = await Promise.all(calls.map(rejectionOf));
    const listed = await links.list(filename, owner);
    return (
      listed.length === 0 &&
      log.text.includes(filename) &&
      errors.every((error) => error instanceof IntegrityError)
    );
  }

  describe('a row that somebody wrote', () => {
    it('opens no file, whatever it says', async () => {
      const victim = await linked.share('private');
      const [secret, key] = [newSecret(), SecretKey.random()];
      const hash = hashSecret(secret);
      const row = await linked.row(victim.link);
      const { expiresAt, notBefore, maxDownloads } = row;
      const terms = { expiresAt, notBefore, maxDownloads, password: null };
      const rows = linked.place.source.getRepository(PaperLink);
      for (const sealed of [row.terms, sealTerms(key, terms, hash)]) {
        const { id: _, ...columns } = row;
        const forged = { ...columns, hash, terms: sealed };
        const { identifiers } = await rows.insert(forged);
        const error = await rejectionOf(linked.links.redeem(secret));
        expect(error).toBeInstanceOf(IntegrityError);
        await rows.delete(identifiers.map(({ id }) => id as number));
      }
    });
  });

  describe('a row that was changed', () => {
    it.each(['expiresAt', 'maxDownloads'] as const)(
      'is refused: %s',
      async (column) => {
        const shared = await linked.share('text', { maxDownloads: 2 });
        const before = (await linked.row(shared.link))[column];
        for (const other of [before + 1, before - 1]) {
          await linked.write(shared.link, { [column]: other });
          expect(await isDamaged(shared)).toBe(true);
        }
        await linked.write(shared.link, { [column]: before });
        await linked.links.redeem(shared.secret);
      },
    );

    it('is refused: notBefore', async () => {
      const notBefore = new Date(linked.clock.now + 60_000);
      const late = await linked.share('text', { notBefore });
      for (const other of [null, linked.clock.now]) {
        await linked.write(late.link, { notBefore: other });
        expect(await isDamaged(late)).toBe(true);
      }
      const open = await linked.share('text');
      await linked.write(open.link, { notBefore: linked.clock.now });
      expect(await isDamaged(open)).toBe(true);
    });

    it('is refused: the terms of another link', async () => {
      const password = 'a password';
      const [one, other] = [
        await linked.share('text', { password }),
        await linked.share('text'),
      ];
      const free = await linked.links.create(one.filename, one.owner, {
        expiresIn: 3600,
      });
      for (const { id } of [free, other.link]) {
        const { terms } = await linked.row({ id });
        await linked.write(one.link, { terms });
        const error = await rejectionOf(linked.links.redeem(one.secret));
        expect(error).toBeInstanceOf(IntegrityError);
      }
    });

    it('is refused: the file of another owner', async () => {
      const [one, other] = [await linked.share('1'), await linked.share('2')];
      const { filename } = other;
      await linked.write(one.link, { filename });
      expect(await refusals(one.secret)).toEqual([
        'LINK_INVALID',
        'LINK_INVALID',
      ]);
      const { owner } = await linked.row(other.link);
      await linked.write(one.link, { filename, owner });
      const error = await rejectionOf(linked.links.redeem(one.secret));
      expect(error).toBeInstanceOf(IntegrityError);
    });

    it('is refused: another file of the same owner', async () => {
      const { place, links } = linked;
      const { owner, link, secret } = await linked.share('text');
      const upload = await place.upload('other');
      const { filename } = await place.service.save(upload, owner);
      await linked.write(link, { filename });
      expect(await rejectionOf(links.redeem(secret))).toBeInstanceOf(
        IntegrityError,
      );
    });

    it.each([
      '',
      'writer',
      'writer=',
      '=1',
      'writer=%',
      'writer=%31',
      'writer=01',
      'writer=0',
      'writer=1&writer=1',
      'writer=1&note=x',
      'id=1',
      '__proto__=1',
      'writer=1=1',
    ])('has no owner: %j', async (owner) => {
      const { link, secret } = await linked.share('text');
      await linked.write(link, { owner });
      expect(await refusals(secret)).toEqual(['LINK_INVALID', 'LINK_INVALID']);
    });
  });

  it('an owner who is spelt otherwise is none', async () => {
    const { link, secret } = await linked.share('text');
    const { owner } = await linked.row(link);
    const digit = owner.slice(-1).charCodeAt(0).toString(16);
    await linked.write(link, { owner: `${owner.slice(0, -1)}%${digit}` });
    expect(await refusals(secret)).toEqual(['LINK_INVALID', 'LINK_INVALID']);
    await linked.write(link, { owner });
    await linked.links.redeem(secret);
  });

  describe('a link is as one that never was', () => {
    const invalid = ['LINK_INVALID', 'LINK_INVALID'];

    it('when its file has no row any more', async () => {
      const { secret, filename } = await linked.share('text');
      await linked.place.source.getRepository(Paper).delete({ filename });
      expect(await refusals(secret)).toEqual(invalid);
    });

    it('when its owner has no token any more', async () => {
      const { secret, owner } = await linked.share('text');
      const writer = owner['writer'] as Paper['writer'];
      const tokens = linked.place.source.getRepository(PaperToken);
      await tokens.delete({ writer: { id: writer.id } });
      expect(await refusals(secret)).toEqual(invalid);
    });

    it.each([
      ['nothing', ''],
      ['another one', newSecret()],
      ['one letter changed', undefined],
      ['a letter more', `${'A'.repeat(43)}A`],
      ['spare bits', `${'A'.repeat(42)}B`],
      ['padding', `${'A'.repeat(43)}=`],
      ['letters of another alphabet', `${'A'.repeat(41)}+/`],
      ['letters of no alphabet', '€'.repeat(43)],
      ['10 KiB', randomBytes(5120).toString('hex')],
      ['a list', ['a', 'b'] as unknown as string],
      ['no text', undefined as unknown as string],
      ['an operator', { '@instanceof': 'FindOperator' } as unknown as string],
    ])('when its secret is %s', async (what, secret) => {
      const shared = await linked.share('text');
      const changed = shared.secret.startsWith('A') ? 'B' : 'A';
      const given =
        what === 'one letter changed'
          ? changed + shared.secret.slice(1)
          : secret;
      expect(await refusals(given as string)).toEqual(invalid);
    });

    it('with one message for all of them', async () => {
      const { owner, link, secret } = await linked.share('text');
      await linked.links.revoke(link.id, owner);
      const errors = await Promise.all(
        [secret, '', newSecret()].map((bad) =>
          rejectionOf(linked.links.redeem(bad)),
        ),
      );
      expect(new Set(errors.map(String)).size).toBe(1);
    });
  });
});
