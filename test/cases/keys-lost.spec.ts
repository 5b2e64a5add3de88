import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  EncryptionService,
  IntegrityError,
  KeyNotFoundError,
  SecretKey,
} from 'nestjs-file-encryptor';
import { keyId } from '../../lib/core/keys/key-id.js';
import { rejectionOf } from '../core/thrown.js';
import { damage } from '../download/download-server.js';
import { type Answer, filePart, postForm } from '../e2e/form.js';
import { receive, type Received } from '../e2e/http-client.js';
import { useCaseApp } from './case-app.js';
import { OwnedFiles } from './owned-files.js';

const NAME = 'invoice.pdf';

// D-14
describe('an application whose global key was exchanged', () => {
  // The suite's application has the new key, K2; each test begins under K1.
  const app = useCaseApp({ controllers: [OwnedFiles] });
  const first = randomBytes(32);
  const firstId = keyId(SecretKey.from(first));
  let users = 0;
  beforeEach(() => {
    users += 1;
    app.running.log.clear();
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      app.keepSecret(first.toString(encoding));
    }
  });

  const files = (base = app.running.url, user = users) => `${base}/of/${user}`;

  /** Stores a file of the user under K1, in an application that ends then. */
  async function storedUnderFirst(): Promise<string> {
    await using before = await app.another({ globalKey: first });
    const content = app.content(100_000);
    const url = files(before.url);
    const { filename } = (await postForm(url, filePart(NAME, content)))
      .json as { filename: string };
    const { body } = await receive(`${url}/${filename}`);
    expect(body.equals(content)).toBe(true);
    return filename;
  }

  /** An answer of the server's fault that tells nothing of it. */
  function expectNeutral(
    answer: Received | Answer,
    code = 'KEY_NOT_FOUND',
  ): void {
    const text = 'body' in answer ? String(answer.body) : answer.text;
    expect(answer.status).toBe(500);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(JSON.parse(text)).toEqual({
      statusCode: 500,
      code: 'INTERNAL_ERROR',
      message: expect.stringMatching(
        /^Something went wrong on the server\. Reference: \S+$/,
      ) as string,
    });
    expect(text).not.toContain(firstId);
    expect(app.running.log.errors.join()).toContain(code);
  }

  it('says which key is not available, and answers with a neutral 500', async () => {
    const filename = await storedUnderFirst();
    const url = files();
    const encryption = app.running.app.get(EncryptionService);
    for (const call of [
      () => encryption.list({ userId: users }),
      () => encryption.find(filename, { userId: users }),
    ]) {
      const error = await rejectionOf(call());
      expect(error).toBeInstanceOf(KeyNotFoundError);
      expect(String(error)).toContain(`Key ${firstId} is not available`);
    }
    const requests: (() => Promise<Received | Answer>)[] = [
      () => receive(url),
      () => receive(`${url}/${filename}`),
      () => receive(`${url}/${filename}/links`, { method: 'POST' }),
      // The owner's key is not to be had, and a second one would split the files.
      () => postForm(url, filePart('new.txt', app.content(1000))),
    ];
    for (const request of requests) {
      app.running.log.clear();
      expectNeutral(await request());
      expect(app.running.log.text).toContain(`Key ${firstId} is not available`);
    }
  });

  it('stores and gives files of those who come new', async () => {
    await storedUnderFirst();
    const url = files(app.running.url, users + 1000);
    const content = app.content(100_000);
    const uploaded = await postForm(url, filePart('new.txt', content));
    expect(uploaded.status).toBe(201);
    const { filename } = uploaded.json as { filename: string };
    const { status, body } = await receive(`${url}/${filename}`);
    expect([status, body.equals(content)]).toEqual([200, true]);
    expect((await receive(url)).status).toBe(200);
    const link = await receive(`${url}/${filename}/links`, { method: 'POST' });
    expect(link.status).toBe(201);
  });

  it('tells damage from a key that is missing', async () => {
    const lost = await storedUnderFirst();
    const url = files(app.running.url, users + 2000);
    const content = filePart('new.txt', app.content(100_000));
    const { filename } = (await postForm(url, content)).json as {
      filename: string;
    };
    await damage(app.running, filename, -1);
    const damaged = await receive(`${url}/${filename}`);
    expectNeutral(damaged, 'INTEGRITY');
    const encryption = app.running.app.get(EncryptionService);
    const owner = { userId: users + 2000 };
    const file = await encryption.find(filename, owner);
    const errors = [
      await rejectionOf(file.verify()),
      await rejectionOf(encryption.find(lost, { userId: users })),
    ];
    expect(errors[0]).toBeInstanceOf(IntegrityError);
    expect(errors[1]).toBeInstanceOf(KeyNotFoundError);
    expect(errors[1]).not.toBeInstanceOf(IntegrityError);
  });

  it('reads all again when it gets the key back', async () => {
    const filename = await storedUnderFirst();
    expectNeutral(await receive(`${files()}/${filename}`));
    await using mended = await app.another({
      globalKey: [app.globalKey, first],
    });
    const { status } = await receive(`${files(mended.url)}/${filename}`);
    expect(status).toBe(200);
  });
});
