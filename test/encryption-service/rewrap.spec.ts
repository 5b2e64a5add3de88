import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SecretKey } from '../../lib/core/secret-key.js';
import { describeDatabases } from '../databases.js';
import { rejectionOf } from '../core/thrown.js';
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
  const [old, next] = [SecretKey.random(), SecretKey.random()];
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
    options: () => ({ globalKey: old }),
  });
  const rotating = () => place.another({ globalKey: [next, old] });

  /** An owner with a file, and the owner's token. */
  async function knownOwner() {
    const { service, source } = place;
    const owner = await newOwner(source);
    const row = await service.save(await place.upload('content'), owner);
    const token = await tokenOf(source, owner);
    if (!token) throw new Error('The owner has no token.');
    return { owner, row, token };
  }

  it('leaves contents and rows of files untouched', async () => {
    const { owner, row, token } = await knownOwner();
    const papers = place.source.getRepository(Paper);
    const container = join(place.dataDir, row.path, row.filename);
    const before = await readFile(container);
    const paper = await papers.findOneBy({ id: row.id });
    const service = await rotating();
    const value = await service.rewrap(token, owner);
    expect(value).not.toBe(token.value);
    expect((await tokenOf(place.source, owner))?.value).toBe(value);
    expect(await readFile(container)).toEqual(before);
    expect(await papers.findOneBy({ id: row.id })).toEqual(paper);
    expect(await readText(service, row.filename, owner)).toBe('content');
  });

  it('lets the old key go once nothing is under it', async () => {
    const [moved, left] = [await knownOwner(), await knownOwner()];
    await (await rotating()).rewrap(moved.token, moved.owner);
    const later = await place.another({ globalKey: next });
    expect(await readText(later, moved.row.filename, moved.owner)).toBe(
      'content',
    );
    const upload = await place.upload('more');
    for (const call of [
      () => later.find(left.row.filename, left.owner),
      () => later.list(left.owner),
      () => later.rewrap(left.token, left.owner),
      () => later.save(upload, left.owner),
    ]) {
      expect(await rejectionOf(call())).toHaveProperty('code', 'KEY_NOT_FOUND');
    }
    expect(await readText(place.service, left.row.filename, left.owner)).toBe(
      'content',
    );
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('does nothing to a token under the primary key', async () => {
    const { owner, token } = await knownOwner();
    expect(await place.service.rewrap(token, owner)).toBeUndefined();
    expect(await tokenOf(place.source, owner)).toEqual(token);
  });

  it('does not bring back an owner who was erased meanwhile', async () => {
    const { owner, token } = await knownOwner();
    await place.service.erase(owner);
    expect(await (await rotating()).rewrap(token, owner)).toBeUndefined();
    expect(await tokenOf(place.source, owner)).toBeNull();
  });

  it('does not overwrite a token that was changed meanwhile', async () => {
    const { owner, token } = await knownOwner();
    const service = await rotating();
    const values = await Promise.all(
      Array.from({ length: 4 }, () => service.rewrap(token, owner)),
    );
    const written = values.filter((value) => value !== undefined);
    expect(written).toHaveLength(1);
    expect((await tokenOf(place.source, owner))?.value).toBe(written[0]);
  });

  it('refuses the token of another owner, and one without an id', async () => {
    const [one, two] = [await knownOwner(), await knownOwner()];
    const service = await rotating();
    const swapped = service.rewrap(one.token, two.owner);
    expect(await rejectionOf(swapped)).toHaveProperty('code', 'INTEGRITY');
    const { value } = one.token;
    const anonymous = service.rewrap({ value }, one.owner);
    expect(await rejectionOf(anonymous)).toHaveProperty(
      'code',
      'CONFIGURATION',
    );
    const tokens = place.source.getRepository(PaperToken);
    expect(await tokens.findOneBy({ id: one.token.id })).toEqual(one.token);
  });
});
