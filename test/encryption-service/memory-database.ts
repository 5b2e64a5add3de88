import { DataSource } from 'typeorm';
import { afterAll } from 'vitest';
import { inMemory, type TestDatabase } from '../databases.js';

/** A SQLite database in memory, for what is the same on every database. */
export function memoryDatabase(): TestDatabase {
  const connected: DataSource[] = [];
  afterAll(() => Promise.all(connected.map((source) => source.destroy())));
  return {
    name: 'better-sqlite3',
    create: (entities) => Promise.resolve(inMemory(entities)),
    async connect(entities) {
      const source = await new DataSource(inMemory(entities)).initialize();
      connected.push(source);
      return source;
    },
  };
}
