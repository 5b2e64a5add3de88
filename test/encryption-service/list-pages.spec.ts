import { expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/core/errors.js';
import type { Page } from '../../lib/entities/file-rows.js';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases } from '../databases.js';
import { newOwner, PAPER_TABLES, PAPERS } from './papers.js';
import { useService } from './service-place.js';

describeDatabases((database) => {
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  async function ownerOf(...names: readonly string[]) {
    const owner = await newOwner(place.source);
    for (const name of names) {
      await place.service.save(await place.upload(name, name), owner);
    }
    return owner;
  }

  it('has the part of a list that is asked for', async () => {
    const owner = await ownerOf('a', 'b', 'c');
    const names = async (page: Page) =>
      (await place.service.list(owner, page)).map(({ name }) => name);
    expect(await names({ take: 2 })).toEqual(['c', 'b']);
    expect(await names({ take: 1, skip: 1 })).toEqual(['b']);
    expect(await names({ skip: 1 })).toEqual(['b', 'a']);
    expect(await names({ skip: 3 })).toEqual([]);
  });

  it('lets nothing else into a query', async () => {
    const owner = await ownerOf('mine');
    await ownerOf('theirs');
    for (const more of [{ where: '' }, { where: {} }, { withDeleted: '1' }]) {
      const files = await place.service.list(owner, { ...more } as Page);
      expect(files.map(({ name }) => name)).toEqual(['mine']);
    }
  });

  it.each([-1, 0.5, NaN, '2', '', null, {}])(
    'refuses %j for a number',
    async (value) => {
      const owner = await ownerOf('mine');
      for (const name of ['take', 'skip']) {
        const page = { [name]: value } as Page;
        const error = await rejectionOf(place.service.list(owner, page));
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(String(error)).toContain(name);
      }
    },
  );
});
