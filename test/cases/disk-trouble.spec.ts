import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FileDescription } from 'nestjs-file-encryptor';
import { ADAPTERS, Downloads, storeFile } from '../download/download-server.js';
import {
  canMount,
  mountMemory,
  type Mount,
} from '../download/temporary-mount.js';
import { OWNER } from '../e2e/documents.js';
import { filePart, postForm } from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { KeptUploads } from '../upload/kept-uploads.js';
import { type CaseApp, useCaseApp } from './case-app.js';

const MEBI = 1024 * 1024;
const SIZE = 5 * MEBI;
const SMALL = 100_000;
const tmpfs = { tags: ['tmpfs' as const] };

/** What an answer says of a disk that is full. */
const FULL = {
  statusCode: 507,
  code: 'STORE_FULL',
  message: expect.stringMatching(
    /^The server has no room for this now\./,
  ) as string,
};

// D-07
describe.skipIf(!canMount())('a folder for containers of 1 MiB', tmpfs, () => {
  const app = useCaseApp({ controllers: [KeptUploads, Downloads] });
  const disk = useSmallDisk(app, 'data');
  const upload = (content: Buffer) =>
    postForm(`${app.running.url}/one`, filePart('a.bin', content));

  it('refuses an upload of 5 MiB with 507, and nothing is left of it', async () => {
    const kept = app.content(SMALL);
    const { filename } = (await upload(kept)).json as FileDescription;
    const before = await app.running.containers();
    app.running.log.clear();
    const refused = await upload(app.content(SIZE));
    expect(refused.status).toBe(507);
    expect(refused.json).toEqual(FULL);
    expect(app.running.log.errors.join()).toMatch(
      /^STORE_FULL \(reference .*The store could not write .*Free space/,
    );
    expect(await app.running.containers()).toEqual(before);
    expect(await app.source.getRepository('Document').count()).toBe(1);
    // What was there before is there still, and what has room is taken.
    const { body } = await receive(`${app.running.url}/files/${filename}`);
    expect(body.equals(kept)).toBe(true);
    expect((await upload(app.content(SMALL))).status).toBe(201);
  });

  it('takes the same upload once there is space', async () => {
    const content = app.content(SIZE);
    expect((await upload(content)).status).toBe(507);
    disk.resize(16);
    const taken = await upload(content);
    expect(taken.status).toBe(201);
    const { filename } = taken.json as FileDescription;
    const { body } = await receive(`${app.running.url}/files/${filename}`);
    expect(body.equals(content)).toBe(true);
  });
});

// D-07
describe.skipIf(!canMount()).each(ADAPTERS)(
  'a folder for temporary files of 1 MiB, on %s,',
  tmpfs,
  (_, parts) => {
    const app = useCaseApp({ controllers: [Downloads], ...parts });
    const disk = useSmallDisk(app, 'tmp');
    const files = (filename: string) => `${app.running.url}/files/${filename}`;

    it.each(['?delivery=temp-file', '/decrypted'])(
      'refuses a download of 5 MiB before its headers: %s',
      async (way) => {
        const content = app.content(SIZE);
        const filename = await storeFile(app.running, content);
        const url = `${files(filename)}${way}`;
        for (let time = 0; time < 3; time += 1) {
          const { status, headers, body, broken } = await receive(url);
          expect([status, broken]).toEqual([507, false]);
          expect(headers).not.toHaveProperty('content-disposition');
          expect(JSON.parse(String(body))).toEqual(FULL);
          expect(await app.running.temporaryFiles()).toEqual([]);
        }
        expect(app.running.log.errors.join()).toMatch(
          /STORE_FULL \(reference .*write to a temporary file .*Free space/,
        );
        disk.resize(16);
        const { status, body } = await receive(url);
        expect([status, body.equals(content)]).toEqual([200, true]);
      },
    );

    it.each(['verify', 'stream'])(
      'is not needed by a download with %s',
      async (delivery) => {
        const content = app.content(SIZE);
        const filename = await storeFile(app.running, content);
        const url = `${files(filename)}?delivery=${delivery}`;
        const { status, body } = await receive(url);
        expect([status, body.equals(content)]).toEqual([200, true]);
      },
    );
  },
);

/** A file system in memory over a folder of the application's. */
function useSmallDisk(app: CaseApp, folder: 'data' | 'tmp') {
  let mount: Mount | undefined;
  const path = () => join(app.running.folder, folder);
  const resize = (mebibytes: number) => {
    const options = `remount,size=${mebibytes}m`;
    execFileSync('mount', ['-o', options, path()], { stdio: 'pipe' });
  };
  beforeAll(async () => {
    await readdir(path());
    mount = mountMemory('size=1m,mode=700', path());
  });
  beforeEach(() => {
    resize(1);
    app.running.log.clear();
  });
  app.afterCase(() => app.running.encryption.erase(OWNER));
  afterAll(() => mount?.[Symbol.dispose]());
  return { resize };
}
