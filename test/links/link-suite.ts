import { describe, expect, it } from 'vitest';
import { describeDatabases } from '../databases.js';
import { admit, codeOf, type LinkedPlace, useLinks } from './link-place.js';
import { leases } from './lease-suite.js';
import { removals } from './removal-suite.js';

const TEXT = '0123456789';
const MINUTE = 60_000;
const LEASE = 15 * MINUTE;

/** What links do with rows, on each database. */
export function describeLinks(): void {
  describeDatabases((database) => {
    const linked = useLinks(database);
    describe('a link', () => {
      owners(linked);
    });
    describe('an answer', () => {
      answers(linked);
    });
    describe('a lease', () => {
      leases(linked);
    });
    describe('a file that goes', () => {
      removals(linked);
    });
  });
}

function owners(linked: LinkedPlace): void {
  it('is made for a file, and its row has no secret', async () => {
    const { links, clock } = linked;
    const { owner, filename, link, secret } = await linked.share(TEXT, {
      maxDownloads: 2,
    });
    const { secret: _, ...shown } = link;
    expect(shown).toEqual({
      id: expect.any(Number) as number,
      filename,
      createdAt: new Date(clock.now),
      expiresAt: new Date(clock.now + 60 * MINUTE),
      notBefore: null,
      maxDownloads: 2,
      remaining: 2,
      needsPassword: false,
      lastUsedAt: null,
      state: 'active',
    });
    expect(await links.list(filename, owner)).toEqual([shown]);
    const row = await linked.row(link);
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(row).toMatchObject({ filename, remaining: 2, budget: 29 });
  });

  it('shows its file, as often as it is asked, and nothing is written', async () => {
    const { link, secret } = await linked.share(TEXT);
    const before = await linked.row(link);
    for (const _ of [1, 2]) {
      expect(await linked.links.find(secret)).toEqual({
        id: link.id,
        name: 'letter.txt',
        type: 'text/plain',
        size: TEXT.length,
        expiresAt: link.expiresAt,
        notBefore: null,
        remaining: 1,
        needsPassword: false,
      });
      await linked.links.redeem(secret);
    }
    expect(await linked.row(link)).toEqual(before);
  });

  it('stands in the list of its file, the newest first', async () => {
    const { links, clock } = linked;
    const { owner, filename, link } = await linked.share(TEXT);
    const same = await links.create(filename, owner, { expiresIn: 60 });
    clock.now += 1;
    const later = await links.create(filename, owner, { expiresIn: 60 });
    await linked.share(TEXT);
    const ids = (await links.list(filename, owner)).map(({ id }) => id);
    expect(ids).toEqual([later.id, same.id, link.id]);
  });

  it('belongs to its owner alone', async () => {
    const { links } = linked;
    const [mine, other] = [await linked.share(TEXT), await linked.share(TEXT)];
    const { filename, link } = mine;
    const hour = { expiresIn: 3600 };
    const theirs = [
      links.create(filename, other.owner, hour),
      links.list(filename, other.owner),
      links.revoke(link.id, other.owner),
    ];
    expect(await Promise.all(theirs.map(codeOf))).toEqual([
      'FILE_NOT_FOUND',
      'FILE_NOT_FOUND',
      'LINK_INVALID',
    ]);
    expect(await links.list(filename, mine.owner)).toHaveLength(1);
  });

  it('opens nothing when it is revoked, and is revoked once', async () => {
    const { links } = linked;
    const { owner, filename, link, secret } = await linked.share(TEXT);
    await links.revoke(link.id, owner);
    expect(await codeOf(links.redeem(secret))).toBe('LINK_INVALID');
    expect(await codeOf(links.revoke(link.id, owner))).toBe('LINK_INVALID');
    expect(await links.list(filename, owner)).toEqual([]);
  });

  it.each([0, -1, 1.5, 2 ** 31, Number.NaN, '1', null, undefined])(
    'is none of the id %j',
    async (id) => {
      const { owner } = await linked.share(TEXT);
      const revoked = linked.links.revoke(id as number, owner);
      expect(await codeOf(revoked)).toBe('LINK_INVALID');
    },
  );
}

function answers(linked: LinkedPlace): void {
  it('takes a use and its bytes', async () => {
    const { links, clock } = linked;
    const { link, secret } = await linked.share(TEXT, { maxDownloads: 2 });
    clock.now += 5;
    const admitted = await admit(await links.redeem(secret), TEXT.length);
    expect(await linked.row(link)).toMatchObject({
      remaining: 1,
      budget: 19,
      leaseState: 'running',
      leaseUntil: null,
      lastUsedAt: clock.now,
    });
    await admitted.settle(TEXT.length);
    expect(await linked.row(link)).toMatchObject({
      remaining: 1,
      budget: 19,
      leaseState: 'counted',
      leaseUntil: clock.now + LEASE,
    });
  });

  it('that breaks gives its use and the bytes that are left back, once', async () => {
    const { link, secret } = await linked.share(TEXT);
    const admitted = await admit(await linked.links.redeem(secret), 10);
    await admitted.settle(4);
    await admitted.settle(0);
    expect(await linked.row(link)).toMatchObject({
      remaining: 1,
      budget: 15,
      leaseState: 'broken',
    });
  });

  it('is not admitted when the link was used up, has ended or gone since', async () => {
    const { links, clock } = linked;
    const one = await linked.share(TEXT);
    const early = await links.redeem(one.secret);
    await admit(await links.redeem(one.secret), 10);
    expect(await codeOf(admit(early, 10))).toBe('LINK_SPENT');
    expect(await codeOf(links.redeem(one.secret))).toBe('LINK_SPENT');
    expect(await codeOf(links.find(one.secret))).toBe('LINK_SPENT');

    const gone = await linked.share(TEXT);
    const file = await links.redeem(gone.secret);
    await links.revoke(gone.link.id, gone.owner);
    expect(await codeOf(admit(file, 10))).toBe('LINK_INVALID');

    const late = await linked.share(TEXT);
    const opened = await links.redeem(late.secret);
    clock.now = late.link.expiresAt.getTime();
    expect(await codeOf(admit(opened, 10))).toBe('LINK_EXPIRED');
    expect(await codeOf(links.redeem(late.secret))).toBe('LINK_EXPIRED');
    expect(await codeOf(links.find(late.secret))).toBe('LINK_EXPIRED');
  });

  it('waits for the beginning of its link', async () => {
    const { links, clock } = linked;
    const notBefore = new Date(clock.now + MINUTE);
    const shared = await linked.share(TEXT, { notBefore });
    expect(await codeOf(links.redeem(shared.secret))).toBe('LINK_NOT_YET');
    expect(await links.find(shared.secret)).toMatchObject({ notBefore });
    const [listed] = await links.list(shared.filename, shared.owner);
    expect(listed).toMatchObject({ notBefore, state: 'waiting' });
    clock.now += MINUTE;
    await admit(await links.redeem(shared.secret), 10);
    expect((await linked.row(shared.link)).remaining).toBe(0);
  });

  it('of an empty file takes a use too', async () => {
    const { secret } = await linked.share('', { maxDownloads: 2 });
    const early = await linked.links.redeem(secret);
    for (const _ of [1, 2]) {
      await (await admit(await linked.links.redeem(secret), 0)).settle(0);
    }
    expect(await codeOf(linked.links.redeem(secret))).toBe('LINK_SPENT');
    expect(await codeOf(admit(early, 0))).toBe('LINK_SPENT');
  });

  it('is not admitted beyond the bytes, though there is a use left', async () => {
    const { links } = linked;
    const { owner, filename, link, secret } = await linked.share(TEXT);
    const early = await links.redeem(secret);
    for (const _ of [1, 2]) {
      await (await admit(await links.redeem(secret), 10)).settle(9);
    }
    expect(await linked.row(link)).toMatchObject({ remaining: 1, budget: 1 });
    expect(await codeOf(admit(early, 10))).toBe('LINK_SPENT');
    expect(await codeOf(links.redeem(secret))).toBe('LINK_SPENT');
    const [listed] = await links.list(filename, owner);
    expect(listed).toHaveProperty('state', 'spent');
  });
}
