import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileNotFoundError, StoreError } from '../../lib/core/errors.js';
import { describeDatabases } from '../databases.js';
import { rejectionOf } from '../core/thrown.js';
import {
  newOwner,
  PAPER_TABLES,
  PAPERS,
} from '../encryption-service/papers.js';
import { readText, useService } from '../encryption-service/service-place.js';
import { FailingStore } from './failing-store.js';

describeDatabases((database) => {
  let store: FailingStore;
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
    options: (folder) => {
      store = new FailingStore(join(folder, 'data'), { durable: false });
      return { store };
    },
  });

  it('deletes the row and the container of one file', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const gone = await service.save(await place.upload('gone'), owner);
    const kept = await service.save(await place.upload('kept'), owner);
    await service.remove(gone.filename, owner);
    expect(
      await rejectionOf(service.find(gone.filename, owner)),
    ).toBeInstanceOf(FileNotFoundError);
    expect(await readText(service, kept.filename, owner)).toBe('kept');
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('removes nothing of another owner', async () => {
    const { service, source } = place;
    const [mine, theirs] = [await newOwner(source), await newOwner(source)];
    await service.save(await place.upload('mine'), mine);
    const { filename } = await service.save(await place.upload('its'), theirs);
    expect(await rejectionOf(service.remove(filename, mine))).toBeInstanceOf(
      FileNotFoundError,
    );
    expect(await readText(service, filename, theirs)).toBe('its');
  });

  it.each([
    ['an unknown name', randomBytes(16).toString('hex')],
    ['an empty name', ''],
    ['a way up', '../../../../etc/passwd'],
    ['a wildcard', '%'],
    ['no text', undefined as unknown as string],
    ['an operator', { '@instanceof': 'FindOperator' } as unknown as string],
  ])('knows no file of %s', async (_what, filename) => {
    const { service, source } = place;
    const owner = await newOwner(source);
    await service.save(await place.upload('mine'), owner);
    for (const call of [
      () => service.find(filename, owner),
      () => service.remove(filename, owner),
    ]) {
      expect(await rejectionOf(call())).toBeInstanceOf(FileNotFoundError);
    }
    expect(await service.list(owner)).toHaveLength(1);
  });

  it('deletes the row though the container cannot be removed', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('stuck');
    await service.save(upload, owner);
    store.failures = 1;
    expect(
      await rejectionOf(service.remove(upload.filename, owner)),
    ).toBeInstanceOf(StoreError);
    expect(await service.list(owner)).toEqual([]);
    expect(await place.stored()).toContain(upload.filename);
    await upload.discard();
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('succeeds once when two remove the same file', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const { filename } = await service.save(await place.upload('once'), owner);
    const results = await Promise.allSettled(
      Array.from({ length: 4 }, () => service.remove(filename, owner)),
    );
    expect(results.map(({ status }) => status)).toContain('fulfilled');
    const errors = results.flatMap((result): unknown[] =>
      result.status === 'rejected' ? [result.reason] : [],
    );
    const others = errors.filter(
      (error) => !(error instanceof FileNotFoundError),
    );
    expect(others).toEqual([]);
    expect(await place.stored()).toEqual(await place.rows());
  });
});
