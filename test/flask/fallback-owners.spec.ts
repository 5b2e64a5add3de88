import { beforeAll, describe, expect, it } from 'vitest';
import { FileNotFoundError } from '../../lib/core/errors.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { FlaskFallback } from '../../lib/flask/flask-fallback.js';
import { openFallbackSource } from '../../lib/flask/flask-fallback-options.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import { useService } from '../encryption-service/service-place.js';
import { Letter, LetterToken, OWNED } from '../entities/owned-entities.js';
import { useOldApplications } from './old-application.js';

const ENTITIES = { file: Letter, token: LetterToken };

describe("an old user's file", () => {
  const database = memoryDatabase();
  const make = useOldApplications(database);
  const place = useService({ database, tables: OWNED, entities: ENTITIES });
  let files: FlaskFallback<Letter, LetterToken>;
  let filename: string;
  beforeAll(async () => {
    const old = await make();
    const token = await old.addToken(1);
    filename = await old.addFile({ token });
    const rows = new EntityRows(place.source, ENTITIES);
    const options = { ...old.options, owner: 'person' };
    const source = openFallbackSource(options, rows, old.source);
    files = new FlaskFallback(rows, place.configuration, source);
  });

  it.each([
    ['a bare key', { person: 1 }],
    ['a text', { person: '1' }],
    ['a bigint', { person: 1n }],
    ['an entity', { person: { id: 1, name: 'Anna' } }],
  ])('is found for the user: %s', async (_, owner) => {
    const file = await files.find(filename, owner);
    expect(file).toMatchObject({ filename, authenticated: false });
  });

  it.each([
    ['another user', { person: 2 }],
    ['a user whose key begins with it', { person: 11 }],
    ['an owner of another kind and the same key', { ward: 1 }],
    ['a second owner of that key', { city: '1' }],
    ['several owners, one with that key', { country: '1', ward: 1 }],
  ])('is not found for %s', async (_, owner) => {
    const finding = files.find(filename, owner);
    await expect(finding).rejects.toThrow(FileNotFoundError);
  });
});
