import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DecryptedFile,
  type EncryptedFile,
  IntegrityError,
} from 'nestjs-file-encryptor';
import { OWNER } from '../e2e/documents.js';
import { receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import { ADAPTERS, damage, Downloads, storeFile } from './download-server.js';

describe.each(ADAPTERS)('a decrypted file on %s', (_, parts) => {
  const running = useRunningApp({ controllers: [Downloads], ...parts });
  afterEach(() => expectNothingOpen(running));

  it('is sent and then removed', async () => {
    const content = randomBytes(300_000);
    const filename = await storeFile(running, content, {
      name: 'é.pdf',
      type: 'application/pdf',
    });
    const { status, body, headers, broken } = await receive(
      `${running.url}/files/${filename}/decrypted`,
    );
    expect({ status, broken }).toEqual({ status: 200, broken: false });
    expect(body.equals(content)).toBe(true);
    expect(headers).toMatchObject({
      'content-length': '300000',
      'content-type': 'application/pdf',
      'content-disposition':
        'attachment; filename="?.pdf"; filename*=UTF-8\'\'%C3%A9.pdf',
      'x-content-type-options': 'nosniff',
    });
  });

  it('is removed behind HEAD, of which nothing is sent', async () => {
    const filename = await storeFile(running, randomBytes(300_000));
    const { status, body, headers } = await receive(
      `${running.url}/files/${filename}/decrypted`,
      { method: 'HEAD' },
    );
    expect({ status, size: body.length }).toEqual({ status: 200, size: 0 });
    expect(headers['content-length']).toBe('300000');
  });

  it('is not made of what is damaged', async () => {
    const filename = await storeFile(running, randomBytes(300_000));
    await damage(running, filename, -1);
    const { status, headers } = await receive(
      `${running.url}/files/${filename}/decrypted`,
    );
    expect(status).toBe(500);
    expect(headers['content-type']).toMatch(/^application\/json/);
  });
});

describe('a decrypted file', () => {
  const running = useRunningApp({});
  afterEach(() => expectNothingOpen(running));

  it('is a private file that others can open by its path', async () => {
    const content = randomBytes(200_000);
    const file = await (await stored(content, 'report.pdf')).decrypt();
    expect(file).toBeInstanceOf(DecryptedFile);
    expect(file).toMatchObject({ name: 'report.pdf', size: 200_000 });
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
    expect(file.path).toMatch(/\.pdf$/);
    expect(file.path).not.toContain('report');
    expect((await readFile(file.path)).equals(content)).toBe(true);
    await file.dispose();
    await file.dispose();
    await expect(stat(file.path)).rejects.toThrow(/ENOENT/);
  });

  it('is disposed of at the end of its block', async () => {
    let path = '';
    {
      await using file = await (await stored(randomBytes(10))).decrypt();
      path = file.path;
      expect(await running.temporaryFiles()).toHaveLength(1);
    }
    await expect(stat(path)).rejects.toThrow(/ENOENT/);
  });

  it('is gone when it has been streamed', async () => {
    const content = randomBytes(200_000);
    const file = await (await stored(content)).decrypt();
    const hash = createHash('sha256');
    await pipeline(file.createReadStream(), hash);
    expect(hash.digest('hex')).toBe(
      createHash('sha256').update(content).digest('hex'),
    );
    await expectNothingOpen(running);
  });

  it('leaves nothing when the content is damaged', async () => {
    const filename = await storeFile(running, randomBytes(200_000));
    await damage(running, filename, -1);
    const file = await running.encryption.find(filename, OWNER);
    await expect(file.decrypt()).rejects.toThrow(IntegrityError);
  });

  it('shows no path as JSON', async () => {
    await using file = await (await stored(randomBytes(10))).decrypt();
    expect(JSON.parse(JSON.stringify(file))).toEqual({
      name: 'a.txt',
      type: 'text/plain',
      size: 10,
    });
    expect(inspect(file)).toContain('a.txt');
  });

  async function stored(
    content: Buffer,
    name = 'a.txt',
  ): Promise<EncryptedFile> {
    const filename = await storeFile(running, content, { name });
    return running.encryption.find(filename, OWNER);
  }
});
