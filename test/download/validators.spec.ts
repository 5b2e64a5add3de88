import { randomBytes } from 'node:crypto';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { beforeAll, expect, it } from 'vitest';
import { SecretKey } from 'nestjs-file-encryptor';
import { describeDatabases } from '../databases.js';
import { Document, DocumentToken, ENTITIES, OWNER } from '../e2e/documents.js';
import { type Received, receive } from '../e2e/http-client.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';
import { Downloads, storeFile } from './download-server.js';
import { expectedValidators } from './expected-validators.js';

const WAYS = ['', '/decrypted'];

describeDatabases((database) => {
  const [old, next] = [SecretKey.random(), SecretKey.random()];
  let shared: DataSourceOptions;
  const application = (
    globalKey: SecretKey | readonly SecretKey[],
    on?: RunningApp,
  ) =>
    useRunningApp({
      controllers: [Downloads],
      database: async () => shared,
      // The folder is known once the application that has it is made.
      options: on
        ? {
            globalKey,
            get dataDir() {
              return on.dataDir;
            },
          }
        : { globalKey },
    });

  beforeAll(async () => {
    shared = await database.create(Object.values(ENTITIES));
  });
  const first = application(old);
  const running = application([next, old], first);
  const later = application(next, first);
  /** Stored by the first one, for an owner whose token is under its key. */
  let early = '';
  beforeAll(async () => {
    early = await storeFile(first, randomBytes(100));
  });

  it.each(WAYS)('the entity tag is of the random name only %s', async (way) => {
    const { filename, createdAt } = await stored();
    const { headers } = await ask(running, filename, way);
    expect(headers.etag).toMatch(/^"[A-Za-z0-9_-]{22}"$/);
    expect(headers.etag).toBe(expectedValidators(filename, createdAt).etag);
  });

  it('two files of the same content have different entity tags', async () => {
    const content = randomBytes(100);
    const [one, other] = [await stored(content), await stored(content)];
    const tags = [
      await ask(running, one.filename),
      await ask(running, other.filename),
    ].map(({ headers }) => headers.etag);
    expect(new Set(tags).size).toBe(2);
  });

  it('both outlast another process, and a new global key without the old', async () => {
    const before = validatorsIn(await ask(first, early));
    expect(validatorsIn(await ask(running, early))).toEqual(before);
    expect((await ask(later, early)).status).toBe(500);
    const token = await running.app
      .get(DataSource)
      .getRepository(DocumentToken)
      .findOneByOrFail(OWNER);
    expect(await running.encryption.rewrap(token, OWNER)).toBeDefined();
    const answer = await ask(later, early);
    expect(answer.status).toBe(200);
    expect(validatorsIn(answer)).toEqual(before);
  });

  it.each(WAYS)('Last-Modified is when the row was made %s', async (way) => {
    const { filename, createdAt } = await stored();
    const { headers } = await ask(running, filename, way);
    expect(headers['last-modified']).toBe(
      expectedValidators(filename, createdAt).lastModified,
    );
  });

  it.each([
    [784_111_777_000, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [784_111_777_999, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [0, 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ])('Last-Modified of %i is %s', async (createdAt, date) => {
    const { filename } = await stored();
    const files = running.app.get(DataSource).getRepository(Document);
    await files.update({ filename }, { createdAt });
    const { headers } = await ask(running, filename);
    expect(headers['last-modified']).toBe(date);
    const since = { headers: { 'If-Modified-Since': date } };
    const url = `${running.url}/files/${filename}`;
    expect((await receive(url, since)).status).toBe(304);
  });

  async function stored(content = randomBytes(100)): Promise<Document> {
    const filename = await storeFile(running, content);
    return (await running.encryption.find(filename, OWNER)).row;
  }
});

function ask(
  { url }: RunningApp,
  filename: string,
  way = '',
): Promise<Received> {
  return receive(`${url}/files/${filename}${way}`);
}

function validatorsIn({ headers }: Received) {
  const { etag, 'last-modified': lastModified } = headers;
  return { etag, lastModified };
}
