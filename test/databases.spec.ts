import { existsSync } from 'node:fs';
import { DataSource, type DataSourceOptions, EntitySchema } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { describeDatabases, inMemory } from './databases.js';

interface Note {
  id: number;
  count: number;
  text: string;
  title: string;
}

const Note = new EntitySchema<Note>({
  name: 'note',
  columns: {
    id: { type: Number, primary: true, generated: true },
    count: {
      type: 'bigint',
      transformer: { from: Number, to: (value: number) => value },
    },
    text: { type: 'text' },
    title: { type: 'varchar', length: 100, unique: true },
  },
});

const note = {
  count: Number.MAX_SAFE_INTEGER,
  text: 'Füße, 履歴書, ملف, 🗝️\u0301 '.repeat(500),
  title: '\u{1F511} Ключ',
};

const removed: DataSourceOptions[] = [];

describeDatabases((database) => {
  it('keeps a bigint, a long text and the letters of every script', async () => {
    const notes = (await database.connect([Note])).getRepository(Note);
    const { id } = await notes.save({ ...note });
    expect(await notes.findOneBy({ id })).toEqual({ id, ...note });
  });

  it('makes an empty database of its own at every call', async () => {
    const first = await database.connect([Note]);
    const second = await database.connect([Note]);
    await first.getRepository(Note).insert({ ...note });
    expect(await second.getRepository(Note).count()).toBe(0);
  });

  it('shares one database among all connections with the same options', async () => {
    const options = await database.create([Note]);
    removed.push(options);
    const first = await new DataSource(options).initialize();
    await first.getRepository(Note).insert({ ...note });
    await first.destroy();
    const second = await new DataSource(options).initialize();
    expect(await second.getRepository(Note).count()).toBe(1);
    await second.destroy();
  });

  it('enforces a unique column', async () => {
    const notes = (await database.connect([Note])).getRepository(Note);
    await notes.insert({ ...note });
    await expect(notes.insert({ ...note })).rejects.toThrow(
      /unique|duplicate/i,
    );
  });
});

describe('after the suites', () => {
  it('has removed every database', async () => {
    expect(removed.length).toBeGreaterThan(0);
    for (const options of removed) expect(await exists(options)).toBe(false);
  });
});

describe('a SQLite database in memory', () => {
  it('is empty again when its connection has ended', async () => {
    const options = inMemory([Note]);
    const first = await new DataSource(options).initialize();
    await first.getRepository(Note).insert({ ...note });
    expect(await first.getRepository(Note).count()).toBe(1);
    await first.destroy();
    const second = await new DataSource(options).initialize();
    expect(await second.getRepository(Note).count()).toBe(0);
    await second.destroy();
  });
});

async function exists(options: DataSourceOptions): Promise<boolean> {
  if (options.type === 'better-sqlite3') return existsSync(options.database);
  const source = new DataSource({ ...options, synchronize: false });
  try {
    await source.initialize();
  } catch (error) {
    if (/does not exist|unknown database/i.test(String(error))) return false;
    throw error;
  }
  await source.destroy();
  return true;
}
