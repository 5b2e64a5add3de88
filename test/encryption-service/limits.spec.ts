import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../core/thrown.js';
import { containerSize } from '../../lib/core/floe/geometry.js';
import { memoryDatabase } from './memory-database.js';
import { newOwner, Paper, PAPER_TABLES, PAPERS, PaperToken } from './papers.js';
import { readText, useService } from './service-place.js';

/**
 * What is not promised, so that nobody believes it is. A change that makes one
 * of these fail may be a gain: the documents have to say so then.
 */
describe('the limits of what is promised', () => {
  const place = useService({
    database: memoryDatabase(),
    tables: PAPER_TABLES,
    entities: PAPERS,
  });

  /** An owner's file, and a copy of all that is stored of it. */
  async function copied(text: string) {
    const { source, service, dataDir } = place;
    const owner = await newOwner(source);
    const upload = await place.upload(text);
    const { filename, path } = await service.save(upload, owner);
    const container = join(dataDir, path, filename);
    const copy = join(dataDir, '..', filename);
    await copyFile(container, copy);
    const row = await source
      .getRepository(Paper)
      .findOneOrFail({ where: { filename }, relations: { writer: true } });
    const token = await source
      .getRepository(PaperToken)
      .findOneOrFail({ where: owner, relations: { writer: true } });
    return {
      owner,
      filename,
      container,
      putBackContainer: () => copyFile(copy, container),
      putBackRow: () => source.getRepository(Paper).insert(row),
      putBackToken: () => source.getRepository(PaperToken).insert(token),
    };
  }

  it('a file that was removed reads again when row and container are put back', async () => {
    const file = await copied('removed');
    await place.service.remove(file.filename, file.owner);
    await file.putBackContainer();
    await file.putBackRow();
    expect(await readText(place.service, file.filename, file.owner)).toBe(
      'removed',
    );
  });

  it('an erased owner is readable from an old copy of database and store', async () => {
    const file = await copied('erased');
    await place.service.erase(file.owner);
    await file.putBackContainer();
    await file.putBackRow();
    // The row and the container alone are not enough.
    const error = await rejectionOf(
      place.service.find(file.filename, file.owner),
    );
    expect(error).toHaveProperty('code', 'FILE_NOT_FOUND');
    await file.putBackToken();
    expect(await readText(place.service, file.filename, file.owner)).toBe(
      'erased',
    );
  });

  it('the size of a file is seen in the store and in its row', async () => {
    const text = 'of 18 bytes, or so';
    const file = await copied(text);
    const { size } = await stat(file.container);
    const { chunkSize } = place.configuration;
    expect(size).toBe(containerSize(text.length, chunkSize));
    const row = await place.source
      .getRepository(Paper)
      .findOneByOrFail({ filename: file.filename });
    expect(row.size).toBe(text.length);
  });
});
