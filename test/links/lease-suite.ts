import { expect, it } from 'vitest';
import { admit, codeOf, leaseIn, type LinkedPlace } from './link-place.js';

const TEXT = '0123456789';
const LEASE = 15 * 60_000;

/** What a lease is good for. */
export function leases(linked: LinkedPlace): void {
  it('lets parts follow without another use, until its time is over', async () => {
    const { links, clock } = linked;
    const { link, secret } = await linked.share(TEXT);
    const whole = await admit(await links.redeem(secret), 10);
    await whole.settle(10);
    const lease = leaseIn(whole);
    clock.now += LEASE - 1;
    const part = await admit(await links.redeem(secret, { lease }), 5);
    expect(part.cookie).toBeUndefined();
    expect(await linked.row(link)).toMatchObject({ remaining: 0, budget: 4 });
    expect(await codeOf(links.redeem(secret, { lease }))).toBe('LINK_BUSY');
    await part.settle(2);
    expect(await linked.row(link)).toMatchObject({
      remaining: 0,
      budget: 7,
      leaseState: 'counted',
      leaseUntil: clock.now + LEASE,
    });
    const late = await links.redeem(secret, { lease });
    expect(await codeOf(admit(late, 8))).toBe('LINK_SPENT');
    clock.now += LEASE;
    expect(await codeOf(admit(late, 1))).toBe('LINK_SPENT');
    expect(await codeOf(links.redeem(secret, { lease }))).toBe('LINK_SPENT');
  });

  it('is over for who shows another one, or an older one', async () => {
    const { links } = linked;
    const { secret } = await linked.share(TEXT, { maxDownloads: 2 });
    const first = await admit(await links.redeem(secret), 10);
    const second = await admit(await links.redeem(secret), 10);
    await second.settle(10);
    await first.settle(10);
    const refused = [leaseIn(first), 'A'.repeat(43), 'x', ''].map((lease) =>
      codeOf(links.redeem(secret, { lease })),
    );
    expect(new Set(await Promise.all(refused))).toEqual(
      new Set(['LINK_SPENT']),
    );
    await links.redeem(secret, { lease: leaseIn(second) });
  });

  it('that broke lets a part follow, which takes the use again', async () => {
    const { links } = linked;
    const { link, secret } = await linked.share(TEXT);
    const broken = await admit(await links.redeem(secret), 10);
    await broken.settle(6);
    const lease = leaseIn(broken);
    const rest = await admit(await links.redeem(secret, { lease }), 4);
    expect(leaseIn(rest)).not.toBe(lease);
    await rest.settle(4);
    expect(await linked.row(link)).toMatchObject({
      remaining: 0,
      budget: 9,
      leaseState: 'counted',
    });
  });

  it('lets nothing whole follow without another use', async () => {
    const { links } = linked;
    const { link, secret } = await linked.share(TEXT, { maxDownloads: 2 });
    const whole = await admit(await links.redeem(secret), 10);
    await whole.settle(10);
    const lease = leaseIn(whole);
    await admit(await links.redeem(secret, { lease }), 10);
    expect((await linked.row(link)).remaining).toBe(0);
  });

  it('serves one transfer, though two were opened', async () => {
    const { links } = linked;
    const { link, secret } = await linked.share(TEXT, { maxDownloads: 3 });
    const whole = await admit(await links.redeem(secret), 10);
    await whole.settle(10);
    const lease = leaseIn(whole);
    const opened = await Promise.all(
      [1, 2].map(() => links.redeem(secret, { lease })),
    );
    const parts = await Promise.all(
      opened.map((file) => codeOf(admit(file, 3))),
    );
    expect(parts).toContain('LINK_BUSY');
    expect(await linked.row(link)).toMatchObject({ remaining: 2, budget: 26 });
  });
}
