import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { describeDatabases } from '../databases.js';
import { newOwner, Paper, PAPER_TABLES, PAPERS, PaperToken } from './papers.js';
import { readText, useService } from './service-place.js';

describeDatabases((database) => {
  const globalKey = randomBytes(32);
  const place = useService({
    database,
    tables: PAPER_TABLES,
    entities: PAPERS,
    options: () => ({ globalKey }),
  });

  it('are found nowhere on the disk and in no row', async () => {
    const { service, source } = place;
    const owner = await newOwner(source);
    const canary = `canary-${randomBytes(9).toString('hex')}`;
    const name = `songbird-${randomBytes(9).toString('hex')} é.txt`;
    const upload = await place.upload(`${canary} `.repeat(20_000), name);
    const row = await service.save(upload, owner);
    expect(await readText(service, row.filename, owner)).toContain(canary);
    const file = await (await service.find(row.filename, owner)).decrypt();
    expect((await readFile(file.path)).includes(canary)).toBe(true);
    await file.dispose();

    const places = [...(await contents(place.dataDir))];
    expect(places.length).toBeGreaterThan(0);
    places.push(...(await contents(place.tmpDir)));
    const { options } = source;
    if (options.type === 'better-sqlite3') {
      places.push(...(await contents(dirname(options.database))));
    }
    for (const entity of [Paper, PaperToken]) {
      const rows = await source.getRepository<object>(entity).find();
      expect(rows.length).toBeGreaterThan(0);
      places.push(Buffer.from(JSON.stringify(rows)));
    }
    const secrets = [canary, name, name.slice(0, 20), globalKey].flatMap(
      spellings,
    );
    const found = secrets.filter((secret) =>
      places.some((bytes) => bytes.includes(secret)),
    );
    expect(found).toEqual([]);
    // The search does find what is there.
    expect(places.some((bytes) => bytes.includes(row.filename))).toBe(true);
    expect(row.filename + row.path).not.toMatch(/canary|songbird/);
  });
});

function spellings(secret: string | Buffer): (string | Buffer)[] {
  const bytes = Buffer.from(secret);
  return [
    bytes,
    Buffer.from(bytes.toString('latin1'), 'utf16le'),
    bytes.toString('hex'),
    bytes.toString('base64url').slice(0, -2),
  ];
}

/** All files below a folder, with their names. */
async function contents(folder: string): Promise<Buffer[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = all.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return Buffer.concat([await readFile(path), Buffer.from(entry.name)]);
    }),
  );
}
