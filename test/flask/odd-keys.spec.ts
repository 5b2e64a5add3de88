import { describe, expect, it } from 'vitest';
import { ConfigurationError, KeyNotFoundError } from '../../lib/core/errors.js';
import { KeyChain } from '../../lib/core/keys/key-chain.js';
import { Keyring } from '../../lib/core/keys/keyring.js';
import { SecretKey } from '../../lib/core/secret-key.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import {
  addWriter,
  collect,
  flaskImport,
  importAll,
  useNewApplication,
} from './importing.js';
import { newContent, useOldApplications } from './old-application.js';

const db = memoryDatabase();
const makeOld = useOldApplications(db);
const place = useNewApplication(db);

const wrong = () => ({ writer: 21 });

describe('an import', () => {
  it.each([
    [
      'bytes',
      'CREATE TABLE odd (id BLOB PRIMARY KEY, filename, realname, user_id)',
      "x'01'",
    ],
    ['nothing', 'CREATE TABLE odd (id, filename, realname, user_id)', 'NULL'],
    [
      'more than a number holds',
      'CREATE TABLE odd (id INTEGER PRIMARY KEY, filename, realname, user_id)',
      '9007199254740993',
    ],
  ])('of rows whose key is %s ends with words', async (_, table, key) => {
    const old = await makeOld();
    await old.source.query(table);
    await old.source.query(
      `INSERT INTO odd VALUES (${key}, '${'0'.repeat(32)}', NULL, 1)`,
    );
    const tables = { files: 'odd' };
    const all = flaskImport(place).run(
      { ...old.options, tables },
      { owner: 'writer' },
    );
    await expect(collect(all)).rejects.toThrow(ConfigurationError);
  });

  it('hears between the rows that it passes over', async () => {
    const old = await makeOld();
    await addWriter(place.source, 10);
    const token = await old.addToken(10);
    for (let made = 0; made < 150; made += 1) {
      await old.addFile({ token, user: 10 });
    }
    await importAll(place, old);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const { signal } = controller;
    const again = await importAll(place, old, { signal });
    expect(again.length).toBeLessThan(150);
    expect(new Set(again.map(({ outcome }) => outcome))).toEqual(
      new Set(['present']),
    );
  });

  it('does not take a file of another owner for the one that is there', async () => {
    const old = await makeOld();
    await addWriter(place.source, 20);
    await addWriter(place.source, 21);
    const token = await old.addToken(20);
    await old.addFile({ token, user: 20 });
    const [first] = await importAll(place, old, { owner: wrong });
    expect(first?.outcome).toBe('imported');
    const [again] = await importAll(place, old);
    expect(again).toMatchObject({ outcome: 'refused', code: 'OWNER_INVALID' });
    const [third] = await importAll(place, old, { owner: wrong });
    expect(third?.outcome).toBe('present');
  });

  it('passes over a token without text', async () => {
    const old = await makeOld();
    await addWriter(place.source, 30);
    await old.addToken(30, '');
    const token = await old.addToken(30);
    await old.addToken(30, '');
    await old.addFile({ token, user: 30 });
    const [outcome] = await importAll(place, old);
    expect(outcome?.outcome).toBe('imported');
  });

  it('says of which files nothing could be checked', async () => {
    const old = await makeOld();
    await addWriter(place.source, 40);
    const token = await old.addToken(40);
    for (const size of [0, 16, 17]) {
      await old.addFile({ token, user: 40, content: newContent(size) });
    }
    const dry = await importAll(place, old, { dryRun: true });
    const done = await importAll(place, old);
    for (const outcomes of [dry, done]) {
      expect(outcomes.map(({ checked }) => checked)).toEqual([
        false,
        false,
        true,
      ]);
    }
  });

  it('ends where a key of the new application is missing', async () => {
    const old = await makeOld();
    await addWriter(place.source, 50);
    const token = await old.addToken(50);
    await old.addFile({ token, user: 50 });
    await importAll(place, old);
    await old.addFile({ token, user: 50 });
    const keys = new KeyChain(new Keyring([SecretKey.random()]));
    const { source } = place;
    const configuration = { ...place.configuration, keys };
    await expect(importAll({ source, configuration }, old)).rejects.toThrow(
      KeyNotFoundError,
    );
    expect(await place.stored()).toHaveLength((await place.rows()).length);
  });
});
