import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { openConfiguration } from '../../lib/configuration.js';
import { SecretKey } from '../../lib/core/secret-key.js';
import { EncryptionService } from '../../lib/encryption.service.js';
import { BaseFileEntity } from '../../lib/entities/base-file.entity.js';
import type { Owner } from '../../lib/entities/owner.js';
import type { FileColumns } from '../../lib/upload/file-columns.js';
import { rejectionOf } from '../core/thrown.js';
import { memoryDatabase } from './memory-database.js';
import { PAPER_TABLES, PAPERS } from './papers.js';
import { useService } from './service-place.js';

class Row extends BaseFileEntity {}

const OWNER = { user: 7 };

describe('the steps without entities', () => {
  const place = useService({
    database: memoryDatabase(),
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  function upload(text: string) {
    const source = (async function* () {
      yield Buffer.from(text);
    })();
    const facts = { name: 'name.txt', type: 'text/plain' };
    return place.withoutEntities().encryptUpload(source, facts);
  }

  /** A file of the owner, as an application keeps it by its own means. */
  async function kept(text: string) {
    const service = place.withoutEntities();
    const token = await service.createToken(OWNER);
    const columns = await service.attach(await upload(text), token, OWNER);
    return { service, token, row: rowOf(columns) };
  }

  it('make the columns of a row, which opens with its token alone', async () => {
    const { service, token, row } = await kept('content');
    expect(await service.describe(row, token, OWNER)).toEqual({
      name: 'name.txt',
      type: 'text/plain',
      size: 7,
      detected: 'text/plain',
    });
    const file = await service.open(row, token, OWNER);
    expect(file.row).toBe(row);
    expect(String(await buffer(file.createReadStream()))).toBe('content');
    await service.verify(row, token, OWNER);
  });

  it('decrypt into a file with a path, until it is disposed of', async () => {
    const { service, token, row } = await kept('content');
    const file = await service.decryptFile(row, token, OWNER);
    expect(await readFile(file.path, 'utf8')).toBe('content');
    expect(file.path.startsWith(place.tmpDir)).toBe(true);
    await file.dispose();
    expect(existsSync(file.path)).toBe(false);
    await file.dispose();
  });

  it('decrypt nothing for somebody who has stopped waiting', async () => {
    const { service, token, row } = await kept('content');
    const reason = new Error('nobody waits');
    const signal = AbortSignal.abort(reason);
    const decrypting = service.decryptFile(row, token, OWNER, { signal });
    expect(await rejectionOf(decrypting)).toBe(reason);
  });

  it.each([
    ['the same owner by an entity', { user: { id: 7, name: 'x' } }],
    ['the same owner by a text', { user: '7' }],
    ['the same owner by a bigint', { user: 7n }],
  ])('open a token for %s', async (_what, owner) => {
    const { service, token, row } = await kept('content');
    expect(await service.describe(row, token, owner)).toHaveProperty('size', 7);
  });

  it.each([
    ['another owner', { user: 8 }],
    ['another property', { tenant: 7 }],
    ['one more property', { user: 7, tenant: 1 }],
    ['a text that looks like two properties', { user: '7&tenant=1' }],
  ])('open no token for %s', async (_what, owner) => {
    const { service, token, row } = await kept('content');
    expect(
      await rejectionOf(service.describe(row, token, owner)),
    ).toHaveProperty('code', 'INTEGRITY');
  });

  it('take no primary key for a second property', async () => {
    const service = place.withoutEntities();
    const token = await service.createToken({ tenant: 1, user: 7 });
    const loose = await upload('loose');
    const attach = (owner: Owner) => service.attach(loose, token, owner);
    const forged = attach({ tenant: '1&user=7' });
    expect(await rejectionOf(forged)).toHaveProperty('code', 'INTEGRITY');
    expect(await attach({ user: '7', tenant: 1n })).toHaveProperty('size', 5);
  });

  it.each([
    [{}],
    [undefined],
    [null],
    ['user'],
    [{ user: undefined }],
    [{ user: null }],
    [{ user: {} }],
    [{ user: { name: 'x' } }],
    [{ user: '' }],
    [{ user: NaN }],
    [{ user: 1.5 }],
    [{ user: true }],
    [{ user: [1] }],
    [{ user: { id: {} } }],
    [{ user: 7, tenant: undefined }],
  ])('refuse the owner %j', async (bad) => {
    const { service, token, row } = await kept('content');
    const owner = bad as unknown as typeof OWNER;
    const loose = await upload('loose');
    for (const call of [
      () => service.createToken(owner),
      () => service.attach(loose, token, owner),
      () => service.describe(row, token, owner),
      () => service.open(row, token, owner),
      () => service.verify(row, token, owner),
      () => service.decryptFile(row, token, owner),
      () => service.rewrap(token, owner),
    ]) {
      expect(await rejectionOf(call())).toHaveProperty('code', 'OWNER_INVALID');
    }
    await loose.discard();
  });

  it('rewrap a value, which the application stores itself', async () => {
    const { tmpDir } = place;
    const { store } = place.configuration;
    const keyed = async (...globalKey: SecretKey[]) =>
      new EncryptionService(
        await openConfiguration({ globalKey, store, tmpDir }),
      );
    const [old, next] = [SecretKey.random(), SecretKey.random()];
    const token = await (await keyed(old)).createToken(OWNER);
    const rotating = await keyed(next, old);
    const value = (await rotating.rewrap(token, OWNER)) ?? '';
    expect(await rotating.rewrap({ value }, OWNER)).toBeUndefined();
    const later = await keyed(next);
    const columns = await later.attach(await upload('new'), { value }, OWNER);
    const row = rowOf(columns);
    expect(await rotating.describe(row, token, OWNER)).toHaveProperty(
      'size',
      3,
    );
    expect(await rejectionOf(later.describe(row, token, OWNER))).toHaveProperty(
      'code',
      'KEY_NOT_FOUND',
    );
  });

  it('discard an upload that nobody has attached, and no other', async () => {
    const { service, token } = await kept('content');
    const [loose, attached] = [await upload('loose'), await upload('attached')];
    await service.attach(attached, token, OWNER);
    await loose.discard();
    await attached.discard();
    const stored = await place.stored();
    expect(stored).not.toContain(loose.filename);
    expect(stored).toContain(attached.filename);
  });

  it('leave the calls on rows to a service that has entities', async () => {
    const service = place.withoutEntities();
    const loose = await upload('loose');
    const { filename } = loose;
    for (const call of [
      () => service.save(loose, OWNER),
      () => service.find(filename, OWNER),
      () => service.list(OWNER),
      () => service.remove(filename, OWNER),
      () => service.erase(OWNER),
    ]) {
      const error = await rejectionOf(call());
      expect(error).toHaveProperty('code', 'CONFIGURATION');
      expect(String(error)).toContain('entities');
    }
    await loose.discard();
    expect(await place.stored()).not.toContain(filename);
  });
});

function rowOf(columns: FileColumns): Row {
  return Object.assign(new Row(), { id: 1, ...columns });
}
