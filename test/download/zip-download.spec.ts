import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  downloadZip,
  EncryptedFile,
  IntegrityError,
} from 'nestjs-file-encryptor';
import { type Document, OWNER } from '../e2e/documents.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';
import { damage, storeFile } from './download-server.js';
import { readZip } from './zip-reader.js';

describe('downloadZip', () => {
  const running = useRunningApp({});

  it('gives the same bytes to a script', async () => {
    const content = randomBytes(1000);
    const zip = downloadZip(new Set([await storedFile(running, content)]));
    const bytes = await buffer(zip.createReadStream());
    expect((await readZip(bytes))[0]?.content).toEqual(content);
    expect((await buffer(zip.createReadStream())).equals(bytes)).toBe(true);
  });

  it('tells a script which file is damaged', async () => {
    const file = await storedFile(running, randomBytes(1000));
    await damage(running, file.filename, -1);
    const bytes = buffer(downloadZip([file]).createReadStream());
    await expect(bytes).rejects.toThrow(IntegrityError);
    await expect(bytes).rejects.toThrow(file.filename);
  });

  it('packs what a list holds at the moment', async () => {
    const files = [await storedFile(running, randomBytes(10))];
    const zip = downloadZip(files);
    files.pop();
    const bytes = await buffer(zip.createReadStream());
    expect(await readZip(bytes)).toHaveLength(1);
  });

  it('refuses the file of a download link', async () => {
    const file = await storedFile(running, randomBytes(10));
    const { row, content, temporary, defaultDelivery: delivery } = file;
    const { type, size, detected, idleTimeout } = file;
    const linked = new EncryptedFile({
      row,
      information: { name: 'secret.pdf', type, size, detected },
      content,
      temporary,
      delivery,
      idleTimeout,
      admission: { admit: () => expect.fail() },
    });
    const pack = () => downloadZip([file, linked.as({})]);
    expect(pack).toThrow(ConfigurationError);
    expect(pack).toThrow(/^(?!.*secret).*number 2/);
  });

  it.each([
    ['a text', 'abc'],
    ['nothing', undefined],
    ['a promise', Promise.resolve([])],
    ['a list of promises', [Promise.resolve()]],
    ['a list of texts', ['abc']],
    ['a list with a hole', Array(1)],
  ])('refuses %s', (_, files) => {
    expect(() => downloadZip(files as never)).toThrow(ConfigurationError);
  });

  it('refuses a name that is no text', () => {
    const options = { name: 7 } as never;
    expect(() => downloadZip([], options)).toThrow(ConfigurationError);
  });
});

async function storedFile(
  running: RunningApp,
  content: Buffer,
): Promise<EncryptedFile<Document>> {
  const filename = await storeFile(running, content);
  return running.encryption.find(filename, OWNER);
}
