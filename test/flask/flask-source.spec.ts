import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  type FlaskSourceOptions,
} from 'nestjs-file-encryptor';
import { openFlaskSource } from '../../lib/flask/flask-source.js';
import { inMemory } from '../databases.js';

describe('an old application', () => {
  const dataSource = new DataSource(inMemory([]));
  beforeAll(() => dataSource.initialize());
  afterAll(() => dataSource.destroy());
  const options = (): FlaskSourceOptions => ({
    dataSource,
    dataDir: 'uploads',
    globalKey: 'text',
    allowUnauthenticated: true,
  });

  it.each([
    { globalKey: '' },
    { globalKey: Buffer.from('bytes') },
    { chunkSize: 1000 },
    { tables: { files: 'files' }, columns: { tokens: { value: 'text' } } },
    { tables: undefined, columns: undefined, chunkSize: undefined },
  ])('is taken with %o', (more) => {
    expect(openFlaskSource({ ...options(), ...more })).toMatchObject({
      dataDir: expect.stringMatching(/^\/.*uploads$/),
    });
  });

  it.each([
    [{ allowUnauthenticated: undefined }, /allowUnauthenticated/],
    [{ allowUnauthenticated: 1 }, /allowUnauthenticated/],
    [{ dataSource: undefined }, /initialized/],
    [{ dataSource: new DataSource(inMemory([])) }, /initialized/],
    [{ dataDir: undefined }, /dataDir/],
    [{ dataDir: '' }, /dataDir/],
    [{ globalKey: undefined }, /globalKey/],
    [{ globalKey: 7 }, /globalKey/],
    [{ chunkSize: 0 }, /chunkSize/],
    [{ chunkSize: -16 }, /chunkSize/],
    [{ chunkSize: 1.5 }, /chunkSize/],
    [{ chunkSize: '1000' }, /chunkSize/],
    [{ tables: { users: 'users' } }, /no table or column/],
    [{ columns: { files: { path: 'p' } } }, /no table or column/],
    [{ tables: { files: '' } }, /without quotes/],
    [{ tables: { files: 'a" (' } }, /without quotes/],
    [{ columns: { tokens: { value: 'a`b' } } }, /without quotes/],
    [{ columns: { tokens: { value: 7 } } }, /without quotes/],
  ])('is refused with %o', (wrong, message) => {
    const all = { ...options(), ...wrong } as FlaskSourceOptions;
    expect(() => openFlaskSource(all)).toThrow(ConfigurationError);
    expect(() => openFlaskSource(all)).toThrow(message);
  });
});
