import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../lib/core/errors.js';
import { rejectionOf } from '../core/thrown.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import {
  newOwner,
  PAPER_TABLES,
  PAPERS,
} from '../encryption-service/papers.js';
import { readText, useService } from '../encryption-service/service-place.js';

describe('a database that keeps what it is told to delete', () => {
  const place = useService({
    database: memoryDatabase(),
    tables: PAPER_TABLES,
    entities: PAPERS,
  });
  afterEach(() => place.source.query('DROP TRIGGER kept'));

  const keep = (table: string) =>
    place.source.query(
      `CREATE TRIGGER kept BEFORE DELETE ON ${table} BEGIN SELECT RAISE(IGNORE); END`,
    );

  async function stored() {
    const owner = await newOwner(place.source);
    const upload = await place.upload('kept');
    const { filename } = await place.service.save(upload, owner);
    return { owner, filename };
  }

  it('makes a removal fail, and the file stays', async () => {
    const { owner, filename } = await stored();
    await keep('paper');
    const error = await rejectionOf(place.service.remove(filename, owner));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain('keeps them');
    expect(await readText(place.service, filename, owner)).toBe('kept');
  });

  it('makes an erasure fail that would not end, and no row is without container', async () => {
    const { owner } = await stored();
    await keep('paper');
    const error = await rejectionOf(place.service.erase(owner));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(await place.stored()).toEqual(await place.rows());
  });

  it('makes an erasure fail whose token it keeps, and the file stays', async () => {
    const { owner, filename } = await stored();
    await keep('paper_token');
    const error = await rejectionOf(place.service.erase(owner));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain('token');
    expect(await readText(place.service, filename, owner)).toBe('kept');
  });
});
