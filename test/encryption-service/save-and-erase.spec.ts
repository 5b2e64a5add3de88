import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SecretKey } from '../../lib/core/secret-key.js';
import { OwnerError } from '../../lib/core/errors.js';
import type { EncryptedUpload } from '../../lib/upload/encrypted-upload.js';
import { describeDatabases } from '../databases.js';
import { rejectionOf } from '../core/thrown.js';
import { atNext } from './moments.js';
import {
  newOwner,
  Paper,
  PAPER_TABLES,
  PAPERS,
  PaperToken,
  tokenOf,
} from './papers.js';
import { readText, useService } from './service-place.js';

describeDatabases((database) => {
  const globalKey = SecretKey.random();
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
    options: () => ({ globalKey }),
  });

  /** An owner with one file. */
  async function knownOwner() {
    const owner = await newOwner(place.source);
    await place.service.save(await place.upload('earlier'), owner);
    return owner;
  }

  async function expectNothingOf(
    owner: Awaited<ReturnType<typeof newOwner>>,
  ): Promise<void> {
    expect(await tokenOf(place.source, owner)).toBeNull();
    expect(await place.source.getRepository(Paper).countBy(owner)).toBe(0);
    expect(await place.stored()).toEqual(await place.rows());
  }

  // D-32
  it.each(['beforeInsert', 'afterInsert'] as const)(
    'leaves nothing of a file whose owner is erased at %s of its row',
    async (moment) => {
      const { source, service } = place;
      const owner = await knownOwner();
      const upload = await place.upload('late');
      atNext(source, [moment, Paper], async () => {
        await service.erase(owner);
      });
      const error = await rejectionOf(service.save(upload, owner));
      expect(error).toBeInstanceOf(OwnerError);
      expect(error).toHaveProperty('code', 'OWNER_ERASED');
      await expectNothingOf(owner);
    },
  );

  it('leaves nothing of a first file whose owner is erased', async () => {
    const { source, service } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('first');
    atNext(source, ['afterInsert', PaperToken], async () => {
      await service.erase(owner);
    });
    expect(await rejectionOf(service.save(upload, owner))).toHaveProperty(
      'code',
      'OWNER_ERASED',
    );
    await expectNothingOf(owner);
  });

  it('is not misled by a new token that the owner has after an erasure', async () => {
    const { source, service } = place;
    const owner = await knownOwner();
    const late = await place.upload('late');
    const next = await place.upload('next');
    let filename = '';
    atNext(source, ['afterInsert', Paper], async () => {
      await service.erase(owner);
      ({ filename } = await service.save(next, owner));
    });
    expect(await rejectionOf(service.save(late, owner))).toHaveProperty(
      'code',
      'OWNER_ERASED',
    );
    const files = await service.list(owner);
    expect(files.map((file) => file.filename)).toEqual([filename]);
    expect(await readText(service, filename, owner)).toBe('next');
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('is not misled by a token that is rewrapped meanwhile', async () => {
    const { source } = place;
    const owner = await knownOwner();
    const before = await tokenOf(source, owner);
    if (!before) throw new Error('The owner has no token.');
    const next = SecretKey.random();
    const rotating = await place.another({ globalKey: [next, globalKey] });
    const rolling = await place.another({ globalKey: [globalKey, next] });
    const upload = await place.upload('kept');
    atNext(source, ['afterInsert', Paper], async () => {
      expect(await rotating.rewrap(before, owner)).toBeDefined();
    });
    const { filename } = await rolling.save(upload, owner);
    expect(await readText(rolling, filename, owner)).toBe('kept');
    expect((await tokenOf(source, owner))?.value).not.toBe(before.value);
  });

  it('leaves every row readable, and no container without a row, after random races', async () => {
    const { source, service } = place;
    for (let round = 0; round < 10; round += 1) {
      const owner = await knownOwner();
      const texts = Array.from({ length: 8 }, (_, index) => `${index}`);
      const uploads = await Promise.all(
        texts.map((text) => place.upload(text)),
      );
      const save = async (upload: EncryptedUpload) => {
        await setTimeout(randomInt(20));
        await service.save(upload, owner);
      };
      const erase = async () => {
        await setTimeout(randomInt(20));
        await service.erase(owner);
      };
      const acts = [...uploads.map(save), erase(), erase()];
      const results = await Promise.allSettled(acts);
      const errors = results.flatMap((result): unknown[] =>
        result.status === 'rejected' ? [result.reason] : [],
      );
      expect(errors.filter((error) => !(error instanceof OwnerError))).toEqual(
        [],
      );
      const files = await service.list(owner);
      for (const { filename, size } of files) {
        const text = await readText(service, filename, owner);
        expect(texts).toContain(text);
        expect(size).toBe(1);
      }
      // A row without a token would not be listed.
      const left = await source.getRepository(Paper).countBy(owner);
      expect(files).toHaveLength(left);
    }
    expect(await place.stored()).toEqual(await place.rows());
  });
});
