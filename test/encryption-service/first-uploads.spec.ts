import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { describeDatabases } from '../databases.js';
import { useCompiledService } from './compiled-service.js';
import { newOwner, PAPER_TABLES, PAPERS, PaperToken } from './papers.js';
import { readText, useService } from './service-place.js';

const TEN = Array.from({ length: 10 }, (_, index) => `paper ${index}`);

const compiled = useCompiledService();

describeDatabases((database) => {
  const globalKey = randomBytes(32).toString('hex');
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
    options: () => ({ globalKey }),
  });

  it('make one token and ten readable files, all at once', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const uploads = await Promise.all(TEN.map((text) => place.upload(text)));
    const rows = await Promise.all(
      uploads.map((upload) => service.save(upload, owner)),
    );
    const texts = await Promise.all(
      rows.map(({ filename }) => readText(service, filename, owner)),
    );
    expect(texts).toEqual(TEN);
    expect(await service.list(owner)).toHaveLength(10);
    expect(await source.getRepository(PaperToken).countBy(owner)).toBe(1);
  });

  it('make one token over two connections', async () => {
    const { source } = place;
    const owner = await newOwner(source);
    const second = await new DataSource(source.options).initialize();
    try {
      const other = await place.another({ globalKey }, second);
      const rows = await Promise.all(
        TEN.map(async (text, index) => {
          const upload = await place.upload(text);
          const service = index % 2 === 0 ? place.service : other;
          return service.save(upload, owner);
        }),
      );
      for (const [index, { filename }] of rows.entries()) {
        expect(await readText(other, filename, owner)).toBe(TEN[index]);
      }
      expect(await source.getRepository(PaperToken).countBy(owner)).toBe(1);
    } finally {
      await second.destroy();
    }
  });

  it('make one token in two processes', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const { entities: _, ...options } = source.options;
    const start = () =>
      compiled.start({
        database: { ...options, synchronize: false },
        dataDir: place.dataDir,
        globalKey,
        writer: owner.writer.id,
        texts: TEN,
      });
    const processes = await Promise.all([start(), start()]);
    const saved = await Promise.all(processes.map((one) => one.save()));
    for (const filenames of saved) {
      const texts = await Promise.all(
        filenames.map((filename) => readText(service, filename, owner)),
      );
      expect(texts).toEqual(TEN);
    }
    expect(await service.list(owner)).toHaveLength(20);
    expect(await source.getRepository(PaperToken).countBy(owner)).toBe(1);
  });
});
