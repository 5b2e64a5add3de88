import { describe, expect, it } from 'vitest';
import { UploadError } from '../../lib/core/errors.js';
import type { EncryptedUpload } from '../../lib/upload/encrypted-upload.js';
import { rejectionOf } from '../core/thrown.js';
import { memoryDatabase } from './memory-database.js';
import { newOwner, Paper, PAPER_TABLES, PAPERS, tokenOf } from './papers.js';
import { readText, useService } from './service-place.js';

describe('an upload', () => {
  const place = useService({
    database: memoryDatabase(),
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  it('is saved once: the second try leaves the first row as it is', async () => {
    const { service, source } = place;
    const [first, second] = [await newOwner(source), await newOwner(source)];
    const upload = await place.upload('once');
    const row = await service.save(upload, first);
    await expectSpent(service.save(upload, first));
    await expectSpent(service.save(upload, second));
    expect(await readText(service, row.filename, first)).toBe('once');
    expect(await service.list(second)).toEqual([]);
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('is saved once by two calls at the same time', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('once');
    const results = await Promise.allSettled([
      service.save(upload, owner),
      service.save(upload, owner),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
    ]);
    expect(await readText(service, upload.filename, owner)).toBe('once');
  });

  it('is not saved when it was attached, nor attached when it was saved', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const saved = await place.upload('saved');
    await service.save(saved, owner);
    const token = await tokenOf(source, owner);
    if (!token) throw new Error('The owner has no token.');
    await expectSpent(service.attach(saved, token, owner));
    const attached = await place.upload('attached');
    const columns = await service.attach(attached, token, owner);
    await expectSpent(service.save(attached, owner));
    await source.getRepository(Paper).insert({ ...columns, ...owner });
    expect(await readText(service, attached.filename, owner)).toBe('attached');
    await attached.discard();
    expect(await readText(service, attached.filename, owner)).toBe('attached');
  });

  it('is not saved when it was discarded', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('gone');
    await upload.discard();
    await expectSpent(service.save(upload, owner));
    expect(await service.list(owner)).toEqual([]);
  });

  it('can be discarded when its token does not open', async () => {
    const { service, source } = place;
    const [owner, other] = [await newOwner(source), await newOwner(source)];
    const token = await service.createToken(other);
    const upload = await place.upload('unattached');
    const attached = service.attach(upload, token, owner);
    expect(await rejectionOf(attached)).toHaveProperty('code', 'INTEGRITY');
    await upload.discard();
    expect(await place.stored()).not.toContain(upload.filename);
  });

  it('that is missing is told apart', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    for (const missing of [undefined, null as unknown as EncryptedUpload]) {
      const error = await rejectionOf(service.save(missing, owner));
      expect(error).toBeInstanceOf(UploadError);
      expect(error).toHaveProperty('code', 'UPLOAD_MISSING');
    }
  });
});

async function expectSpent(promise: Promise<unknown>): Promise<void> {
  const error = await rejectionOf(promise);
  expect(error).toBeInstanceOf(UploadError);
  expect(error).toHaveProperty('code', 'UPLOAD_SPENT');
}
