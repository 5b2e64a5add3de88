import { describe, expect, it } from 'vitest';
import { memoryDatabase } from './memory-database.js';
import { newOwner, PAPER_TABLES, PAPERS } from './papers.js';
import { useService } from './service-place.js';

describe('a long list', () => {
  const place = useService({
    database: memoryDatabase(),
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  it('lets other work run while it is opened', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    for (let index = 0; index < 200; index += 1) {
      await service.save(await place.upload(`${index}`, `n${index}`), owner);
    }
    let turns = 0;
    let listing = true;
    const work = () => {
      turns += 1;
      if (listing) setImmediate(work);
    };
    setImmediate(work);
    const files = await service.list(owner);
    listing = false;
    expect(files).toHaveLength(200);
    expect(files[0]).toMatchObject({ name: 'n199', size: 3 });
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});
