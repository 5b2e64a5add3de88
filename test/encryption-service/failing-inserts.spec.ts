import { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { ConfigurationError, OwnerError } from '../../lib/core/errors.js';
import { describeDatabases } from '../databases.js';
import { rejectionOf } from '../core/thrown.js';
import { atNext } from './moments.js';
import { newOwner, Paper, PAPER_TABLES, PAPERS, PaperToken } from './papers.js';
import { readText, useService } from './service-place.js';

describeDatabases((database) => {
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  // D-31
  it('gives a file another random name when a row has its own', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('renamed');
    const taken = upload.filename;
    const foreign = await source.getRepository(Paper).save({
      ...(await newOwner(source)),
      filename: taken,
      path: 'ab/cd',
      realname: 'x',
      key: 'x',
      size: 1,
      createdAt: 1,
    });
    const row = await service.save(upload, owner, { columns: { note: 'n' } });
    expect(row.filename).not.toBe(taken);
    expect(upload.filename).toBe(row.filename);
    expect(await readText(service, row.filename, owner)).toBe('renamed');
    expect((await service.find(row.filename, owner)).row.note).toBe('n');
    expect(await place.stored()).not.toContain(taken);
    const { id } = foreign;
    const papers = source.getRepository(Paper);
    expect(await papers.findOneBy({ id })).toMatchObject({ filename: taken });
    await papers.delete({ id });
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('leaves nothing of a file that violates a column of the application', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('misfit');
    const columns = { shelf: null as unknown as string };
    const error = await rejectionOf(service.save(upload, owner, { columns }));
    expect(error).toHaveProperty('name', 'QueryFailedError');
    expect(await service.list(owner)).toEqual([]);
    expect(await place.stored()).toEqual(await place.rows());
  });

  // A form's `note[a]=x` is an object: clients could leave containers at will.
  it('leaves nothing of a file with a value that no driver can bind', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('unbound');
    const endless: Record<string, unknown> = {};
    endless['self'] = endless;
    const columns = { note: endless as unknown as string };
    // MySQL's driver makes a condition of an object, and the row may be written.
    await service.save(upload, owner, { columns }).catch(() => undefined);
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('leaves nothing of a file whose owner is not in the database', async () => {
    const { service, source } = place;
    const { writer } = await newOwner(source);
    const upload = await place.upload('nobody');
    const unknown = { writer: writer.id + 1_000 };
    const error = await rejectionOf(service.save(upload, unknown));
    expect(error).toBeInstanceOf(OwnerError);
    expect(error).toHaveProperty('code', 'OWNER_INVALID');
    expect(String(error)).toContain('no such owner');
    const tokens = source.getRepository(PaperToken);
    expect(await tokens.countBy({ writer: { id: unknown.writer } })).toBe(0);
    expect(await place.stored()).toEqual(await place.rows());
  });

  it.each([
    'id',
    'filename',
    'realname',
    'path',
    'key',
    'size',
    'createdAt',
    'writer',
  ])('refuses the column %s, and leaves nothing', async (name) => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('forged');
    const columns = { [name]: 1 };
    const error = await rejectionOf(service.save(upload, owner, { columns }));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain(`columns.${name}`);
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('looks a row up when the answer of its insert was lost', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('arrived');
    atNext(source, ['afterInsert', Paper], async () => {
      throw new Error('The answer was lost.');
    });
    const row = await service.save(upload, owner, { columns: { note: 'n' } });
    expect(row).toMatchObject({ filename: upload.filename, note: 'n' });
    expect(await readText(service, row.filename, owner)).toBe('arrived');
    expect(await service.list(owner)).toHaveLength(1);
  });

  it('looks a token up when the answer of its insert was lost', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    atNext(source, ['afterInsert', PaperToken], async () => {
      throw new Error('The answer was lost.');
    });
    const row = await service.save(await place.upload('arrived'), owner);
    expect(await readText(service, row.filename, owner)).toBe('arrived');
  });

  it('leaves nothing of a file whose insert was never sent', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const upload = await place.upload('unsent');
    const reason = new Error('It was not sent.');
    atNext(source, ['beforeInsert', Paper], async () => {
      throw reason;
    });
    expect(await rejectionOf(service.save(upload, owner))).toBe(reason);
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('removes nothing while nobody can tell whether a row has arrived', async () => {
    const { source } = place;
    const owner = await newOwner(source);
    const second = await new DataSource(source.options).initialize();
    const service = await place.another(undefined, second);
    const upload = await service.encryptUpload(
      (async function* () {
        yield Buffer.from('doubtful');
      })(),
      { name: 'doubtful', type: 'text/plain' },
    );
    const reason = new Error('The connection was lost.');
    atNext(second, ['afterInsert', Paper], async () => {
      await second.destroy();
      throw reason;
    });
    expect(await rejectionOf(service.save(upload, owner))).toBe(reason);
    expect(await place.stored()).toContain(upload.filename);
    expect(await place.stored()).toEqual(await place.rows());
  });
});
