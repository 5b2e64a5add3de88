import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FileDescription } from 'nestjs-file-encryptor';
import {
  ADAPTERS,
  containerOf,
  DELIVERIES,
  Downloads,
  storeFile,
} from '../download/download-server.js';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { type Answer, filePart, postForm } from '../e2e/form.js';
import { begin, receive } from '../e2e/http-client.js';
import { beginForm } from '../e2e/unfinished-form.js';
import { KeptUploads } from '../upload/kept-uploads.js';
import { useCaseApp } from './case-app.js';

const MEBI = 1024 * 1024;
const SIZE = 300_000;
/** More than the buffers of both ends of a connection hold. */
const LARGE = 16 * MEBI;
const NAME = 'report.pdf';
const HOSTS = '/etc/hosts';

// D-29: where a start is refused is in unsafe-folder.spec.ts; umasks that take
// rights from the owner are in core/store/modes.spec.ts.
describe('folders and files, under umask 000,', () => {
  let umask = 0;
  beforeAll(() => {
    umask = process.umask(0o000);
  });
  afterAll(() => process.umask(umask));
  const app = useCaseApp({ controllers: [KeptUploads, Downloads] });
  app.afterCase(() => app.running.encryption.erase(OWNER));

  it('are of their user alone while an upload is slow, and afterwards', async () => {
    const form = { route: 'one', missing: MEBI };
    const content = app.content(MEBI);
    const slow = await beginForm(app.running, form, [filePart(NAME, content)]);
    await eventually(async () => {
      const [part, ...others] = await app.running.containers();
      expect(part).toMatch(/\.part$/);
      expect(others).toEqual([]);
      expect(lstatSync(join(app.running.dataDir, part ?? '')).size).not.toBe(0);
    });
    expectPrivate('data', 1);
    slow.destroy();
    await eventually(async () => {
      expect(await app.running.containers()).toEqual([]);
    });
    await storeFile(app.running, content);
    expectPrivate('data', 1);
  });

  it('are of their user alone during a download', async () => {
    const content = app.content(LARGE);
    const filename = await storeFile(app.running, content, { name: NAME });
    const url = `${app.running.url}/files/${filename}/decrypted`;
    const response = await begin(url);
    await once(response, 'readable');
    expectPrivate('tmp', 1);
    expect((await buffer(response)).equals(content)).toBe(true);
  });

  /** Of a folder of the application's and all in it. */
  function expectPrivate(name: string, files: number): void {
    const root = join(app.running.folder, name);
    const below = readdirSync(root, { recursive: true }).map((path) =>
      join(root, String(path)),
    );
    const all = [root, ...below].map((path) => lstatSync(path));
    for (const stats of all) {
      const mode = stats.isDirectory() ? 0o700 : 0o600;
      expect(stats.mode & 0o7777).toBe(mode);
    }
    expect(all.filter((stats) => stats.isFile())).toHaveLength(files);
  }
});

// D-29: what else may be planted in a store is in core/store/planted.spec.ts.
describe.each(ADAPTERS)('links that were planted, on %s,', (adapter, parts) => {
  const controllers = adapter === 'Express' ? [KeptUploads] : [];
  const app = useCaseApp({
    ...parts,
    controllers: [Downloads, ...controllers],
  });
  /** A folder outside with a file, both of another. */
  let outside = '';
  beforeEach(async () => {
    app.running.log.clear();
    outside = join(app.running.folder, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'of another');
  });
  app.afterCase(async () => {
    await rm(outside, { recursive: true });
    await app.running.encryption.erase(OWNER);
  });

  it('under every folder of the store are never followed', async () => {
    const bytes = Array.from({ length: 256 }, (_, at) =>
      at.toString(16).padStart(2, '0'),
    );
    const planted = bytes.map((name) => join(app.running.dataDir, name));
    for (const path of planted) {
      await rm(path, { recursive: true, force: true });
      await symlink(outside, path);
    }
    const content = app.content(SIZE);
    await expect(storeFile(app.running, content)).rejects.toThrow(
      /never followed/,
    );
    if (adapter === 'Express') expectHidden(await upload(content));
    await expectUntouched();
    for (const path of planted) await rm(path);
    await expectRoundTrip();
  });

  it('under names that can be guessed are never followed', async () => {
    const { folder, dataDir } = app.running;
    const [own = ''] = await readdir(join(folder, 'tmp'));
    const pieces = own.split('_');
    const folders = [dataDir, join(folder, 'tmp'), join(folder, 'tmp', own)];
    const names = [
      NAME,
      `${NAME}.part`,
      '0',
      '1',
      `${process.pid}`,
      // As that of the process's folder, up to what is random in it.
      ...pieces.map((_, at) => pieces.slice(0, at).join('_')).filter(Boolean),
    ];
    const planted = folders.flatMap((path) =>
      names.map((name) => join(path, name)),
    );
    for (const [at, path] of planted.entries()) {
      await symlink(join(outside, at % 2 === 0 ? 'secret' : 'absent'), path);
    }
    await expectRoundTrip();
    {
      await using next = await app.another({});
      expect((await receive(`${next.url}/files/plain`)).status).toBe(200);
    }
    await expectUntouched();
    for (const path of planted) {
      expect((await lstat(path)).isSymbolicLink()).toBe(true);
      await rm(path);
    }
  });

  it.each([
    ['/etc/hosts', () => HOSTS],
    ['the container itself, elsewhere', (moved: string) => moved],
  ])('in the place of a container are refused: to %s', async (_, target) => {
    const filename = await storeFile(app.running, app.content(SIZE));
    const container = containerOf(app.running, filename);
    const moved = join(app.running.folder, 'moved');
    await rename(container, moved);
    await symlink(target(moved), container);
    const hosts = readFileSync(HOSTS);
    for (const way of [...queries(), '/decrypted']) {
      const url = `${app.running.url}/files/${filename}${way}`;
      const { status, body } = await receive(url);
      expectHidden({ status, json: JSON.parse(String(body)) });
    }
    expect(app.running.log.errors.join()).toMatch(/never followed/);
    expect(readFileSync(HOSTS).equals(hosts)).toBe(true);
    await rm(container);
    await copyFile(moved, container);
    await rm(moved);
    const url = `${app.running.url}/files/${filename}`;
    expect((await receive(url)).status).toBe(200);
  });

  async function expectUntouched(): Promise<void> {
    const secret = await readFile(join(outside, 'secret'), 'utf8');
    expect(secret).toBe('of another');
    expect(await readdir(outside)).toEqual(['secret']);
  }

  /** A file is stored, and given back in each way, with its own bytes. */
  async function expectRoundTrip(): Promise<void> {
    const content = app.content(SIZE);
    const filename = await storeFile(app.running, content, { name: NAME });
    const filenames = [filename];
    if (adapter === 'Express') {
      const { json } = await upload(content);
      filenames.push((json as FileDescription).filename);
    }
    for (const one of filenames) {
      for (const way of [...queries(), '/decrypted']) {
        const url = `${app.running.url}/files/${one}${way}`;
        const { status, body } = await receive(url);
        expect([status, body.equals(content)]).toEqual([200, true]);
      }
    }
  }

  function upload(content: Buffer) {
    return postForm(`${app.running.url}/one`, filePart(NAME, content));
  }
});

/** An error that tells nothing of the server. */
function expectHidden({ status, json }: Pick<Answer, 'status' | 'json'>): void {
  expect(status).toBe(500);
  expect(json).toHaveProperty('code', 'INTERNAL_ERROR');
}

function queries(): string[] {
  return DELIVERIES.map((delivery) => `?delivery=${delivery}`);
}
