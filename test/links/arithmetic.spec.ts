import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EncryptedFile } from 'nestjs-file-encryptor';
import type { Admission } from '../../lib/download/admission.js';
import { rejectionOf } from '../core/thrown.js';
import { storeFile } from '../download/download-server.js';
import { Player, tokenOf } from './link-player.js';
import { useLinkServer } from './link-server.js';
import { plays } from './link-steps.js';

const TEN = Buffer.from('0123456789');

describe('a link', () => {
  const server = useLinkServer();

  it('gives no more than its copies, whatever is asked in whatever order', async () => {
    const filenames = new Map<number, string>();
    for (const size of [0, 1, 2, 3, 4, 5]) {
      const content = TEN.subarray(0, size);
      filenames.set(size, await storeFile(server.running, content));
    }
    await fc.assert(
      fc.asyncProperty(plays(), async (play) => {
        const filename = filenames.get(play.size) ?? '';
        const { maxDownloads } = play;
        const shared = await server.link(filename, { maxDownloads });
        const player = new Player(server, shared, play);
        for (const step of play.steps) {
          await player.step(step);
          expect(await player.faults()).toEqual([]);
        }
        await player.tryAgain();
        expect(await player.faults()).toEqual([]);
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('can be tried again after a transfer that broke', async () => {
    const { id, secret } = await server.share(TEN);
    const first = await admission(await server.links.redeem(secret)).admit(10);
    await first.settle(6);
    expect(await server.row(id)).toMatchObject({
      remaining: 1,
      budget: 19 - 6,
      leaseState: 'broken',
    });
    const again = await admission(await server.links.redeem(secret)).admit(10);
    await again.settle(10);
    expect(await server.row(id)).toMatchObject({
      remaining: 0,
      budget: 3,
      leaseState: 'counted',
    });
  });

  it('is resumed by a range under its lease, and that counts once', async () => {
    const { id, secret } = await server.share(TEN);
    const first = await admission(await server.links.redeem(secret)).admit(10);
    // Handed over, and lost on the way.
    await first.settle(10);
    const lease = tokenOf(first) ?? '';
    const resumed = await server.links.redeem(secret, { lease });
    const rest = await admission(resumed).admit(4);
    await rest.settle(4);
    expect(await server.row(id)).toMatchObject({ remaining: 0, budget: 5 });
    // What is left is no tenth byte of a second copy.
    const more = await server.links.redeem(secret, { lease });
    const refusal = await rejectionOf(admission(more).admit(6));
    expect(refusal).toHaveProperty('code', 'LINK_SPENT');
  });

  it('gives back the bytes of a range that broke, and no use', async () => {
    const { id, secret } = await server.share(TEN);
    const first = await admission(await server.links.redeem(secret)).admit(10);
    await first.settle(10);
    const lease = tokenOf(first) ?? '';
    for (const handed of [0, 3]) {
      const resumed = await server.links.redeem(secret, { lease });
      const part = await admission(resumed).admit(5);
      expect(part.cookie).toBeUndefined();
      await part.settle(handed);
      expect(await server.row(id)).toMatchObject({
        remaining: 0,
        budget: 9 - handed,
        leaseState: 'counted',
      });
    }
  });

  it('gives a whole file once only, with its lease or without', async () => {
    const { secret } = await server.share(TEN);
    const first = await admission(await server.links.redeem(secret)).admit(10);
    await first.settle(10);
    expect(await rejectionOf(server.links.redeem(secret))).toHaveProperty(
      'code',
      'LINK_SPENT',
    );
    const lease = tokenOf(first) ?? '';
    const again = server.links.redeem(secret, { lease });
    const refusal = await rejectionOf(
      again.then((file) => admission(file).admit(10)),
    );
    expect(refusal).toHaveProperty('code', 'LINK_SPENT');
  });

  it('has one transfer of a lease at a time', async () => {
    const { secret } = await server.share(TEN, { maxDownloads: 3 });
    const first = await admission(await server.links.redeem(secret)).admit(10);
    const lease = tokenOf(first) ?? '';
    for (const length of [10, 1]) {
      const second = server.links.redeem(secret, { lease });
      const refusal = await rejectionOf(
        second.then((file) => admission(file).admit(length)),
      );
      expect(refusal).toHaveProperty('code', 'LINK_BUSY');
    }
    await first.settle(10);
    const resumed = await server.links.redeem(secret, { lease });
    await (await admission(resumed).admit(1)).settle(1);
  });

  it('has one transfer of a lease even where two were let in together', async () => {
    const { id, secret } = await server.share(TEN, { maxDownloads: 3 });
    const first = await admission(await server.links.redeem(secret)).admit(10);
    await first.settle(10);
    const lease = tokenOf(first) ?? '';
    const [one, other] = await Promise.all([
      server.links.redeem(secret, { lease }),
      server.links.redeem(secret, { lease }),
    ]);
    const running = await admission(one).admit(4);
    for (const length of [4, 10]) {
      const refusal = await rejectionOf(admission(other).admit(length));
      expect(refusal).toHaveProperty('code', 'LINK_BUSY');
    }
    await running.settle(4);
    expect(await server.row(id)).toMatchObject({ remaining: 2, budget: 25 });
  });

  it('takes a lease for nothing that was made up or is of another link', async () => {
    const { secret } = await server.share(TEN);
    const other = await server.share(TEN);
    const first = await admission(await server.links.redeem(secret)).admit(10);
    await first.settle(10);
    const strange = await admission(
      await server.links.redeem(other.secret),
    ).admit(10);
    await strange.settle(10);
    for (const lease of [tokenOf(strange) ?? '', 'A'.repeat(43), '', '€']) {
      const refusal = await rejectionOf(server.links.redeem(secret, { lease }));
      expect(refusal).toHaveProperty('code', 'LINK_SPENT');
    }
  });

  it('with an empty file counts its uses alone', async () => {
    const { id, secret } = await server.share(new Uint8Array(), {
      maxDownloads: 2,
    });
    for (const left of [1, 0]) {
      const file = await server.links.redeem(secret);
      await (await admission(file).admit(0)).settle(0);
      expect(await server.row(id)).toMatchObject({
        remaining: left,
        budget: 0,
      });
    }
    expect(await rejectionOf(server.links.redeem(secret))).toHaveProperty(
      'code',
      'LINK_SPENT',
    );
  });
});

function admission(file: EncryptedFile): Admission {
  if (!file.admission) throw new Error('A linked file came without admission.');
  return file.admission;
}
