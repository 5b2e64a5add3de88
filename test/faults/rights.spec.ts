import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  FileEncryptorModule,
  SecretKey,
} from 'nestjs-file-encryptor';
import { rejectionOf } from '../core/thrown.js';
import { containerOf } from '../download/download-server.js';
import {
  canMount,
  type Mount,
  mountMemory,
} from '../download/temporary-mount.js';
import { ENTITIES, OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { FaultRoutes } from '../e2e/fault-routes.js';
import { begin, receive, type Sending } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { database, useModuleStart } from '../module/module-start.js';
import {
  containersOf,
  expectContent,
  expectNeutral,
  expectSettled,
  HIDDEN,
  rowsOf,
  store,
  sweepLater,
  upload,
} from './aftermath.js';
import { withoutRights } from './without-rights.js';

const content = randomBytes(300_000);
const tmpfs = { tags: ['tmpfs' as const] };
const POST = { method: 'POST' } as const;

async function expectRefused(
  url: string,
  sending: Sending = {},
): Promise<void> {
  expectNeutral(await receive(url, sending), HIDDEN);
}

describe('without rights', () => {
  const running = useRunningApp({ controllers: [FaultRoutes] });
  let filename: string;
  beforeEach(async () => {
    running.log.clear();
    filename = await store(running.url, content);
  });
  afterEach(async () => {
    await running.encryption.erase(OWNER);
    await expectSettled(running);
  });

  /** Takes rights away while something is done, and gives them back. */
  async function without(
    path: string,
    mode: number,
    act: () => Promise<void>,
  ): Promise<void> {
    await withoutRights(running.folder, async () => {
      const before = await stat(path);
      await chmod(path, mode);
      try {
        await act();
      } finally {
        await chmod(path, before.mode & 0o7777);
      }
    });
  }

  it('on the folder of the store, requests fail, and work again afterwards', async () => {
    const { url, dataDir } = running;
    await without(dataDir, 0o000, async () => {
      expectNeutral(await upload(url, content), HIDDEN);
      await expectRefused(`${url}/files/${filename}`);
      await expectRefused(`${url}/files/${filename}?delivery=stream`);
    });
    expect(running.log.text).toContain('EACCES');
    expect(running.log.text).toContain('needs read, write and search');
    await withoutRights(running.folder, async () => {
      await expectContent(url, filename, { content });
      await store(url, content);
    });
    await expectSettled(running);
  });

  it('to make a folder in the store, an upload leaves nothing', async () => {
    const { url, dataDir } = running;
    await without(dataDir, 0o500, async () => {
      // Now and then a random name has its folders already.
      const answer = await upload(url, content);
      if (answer.status !== 201) expectNeutral(answer, HIDDEN);
      await expectContent(url, filename, { content });
    });
    const other = await withoutRights(running.folder, () =>
      store(url, content),
    );
    expect(await rowsOf(running)).toContain(other);
    await expectSettled(running);
  });

  it('on a container, its file alone is missing, until it can be read', async () => {
    const { url } = running;
    const other = await store(url, content);
    await without(containerOf(running, filename), 0o000, async () => {
      for (const delivery of ['temp-file', 'verify', 'stream']) {
        const query = `?delivery=${delivery}`;
        await expectRefused(`${url}/files/${filename}${query}`);
        await expectContent(url, other, { content, query });
      }
    });
    await expectContent(url, filename, { content });
    expect(running.log.text).toContain(filename);
    expect(running.log.text).not.toContain(other);
  });

  it.each(['500', '000'])(
    'on the folder of a container (%s), it stays when its row is removed: it is said, and a sweep removes it',
    async (mode) => {
      const { url } = running;
      const folder = dirname(containerOf(running, filename));
      const kept = await store(url, content);
      await without(folder, Number.parseInt(mode, 8), async () => {
        await expectRefused(`${url}/remove/${filename}`, POST);
      });
      expect(running.log.text).toContain('its row is gone');
      expect(running.log.text).toContain('A sweep removes it');
      expect(await rowsOf(running)).toEqual([kept]);
      expect(await containersOf(running)).toEqual([filename, kept].toSorted());
      expect((await receive(`${url}/remove/${filename}`, POST)).status).toBe(
        404,
      );
      await sweepLater(running);
      await expectSettled(running);
      await expectContent(url, kept, { content });
    },
  );

  it.each(['500', '000'])(
    'on the folder of a container (%s), an erasure goes to its end and says what stays',
    async (mode) => {
      const { url } = running;
      const folder = dirname(containerOf(running, filename));
      const other = await store(url, content);
      await without(folder, Number.parseInt(mode, 8), async () => {
        await expectRefused(`${url}/erase`, POST);
      });
      expect(running.log.text).toContain('The owner is erased');
      expect(await rowsOf(running)).toEqual([]);
      expect(await containersOf(running)).not.toContain(other);
      const again = await receive(`${url}/erase`, POST);
      expect(JSON.parse(String(again.body))).toEqual({
        tokens: 0,
        files: 0,
        containers: 0,
      });
      const kept = await store(url, content);
      await sweepLater(running);
      expect(await containersOf(running)).toEqual([kept]);
    },
  );

  it('on the folder for temporary files, only what needs one fails', async () => {
    const { url, folder } = running;
    await without(join(folder, 'tmp'), 0o000, async () => {
      await expectRefused(`${url}/files/${filename}`);
      await expectRefused(`${url}/named/${filename}`);
      for (const query of ['?delivery=stream', '?delivery=verify']) {
        await expectContent(url, filename, { content, query });
      }
    });
    expect(running.log.text).toContain('FILE_ENCRYPTOR_TMP_DIR');
    await withoutRights(folder, () =>
      expectContent(url, filename, { content }),
    );
  });
});

describe('without the right to remove the name of a temporary file', () => {
  const running = useRunningApp({ controllers: [FaultRoutes] });

  it('the answer is whole, the log says what stays, and the end of the application removes it', async () => {
    const { url, folder } = running;
    const large = randomBytes(24 * 1024 * 1024);
    const file = await store(url, large);
    const [own = ''] = await readdir(join(folder, 'tmp'));
    const place = join(folder, 'tmp', own);
    await withoutRights(folder, async () => {
      const response = await begin(`${url}/named/${file}`);
      expect(response.statusCode).toBe(200);
      await chmod(place, 0o500);
      expect((await buffer(response)).equals(large)).toBe(true);
      await eventually(() => {
        expect(running.log.text).toContain('could not be removed');
      });
      expect(running.log.text).toContain('EACCES');
      expect(running.log.text).not.toContain(folder);
      await chmod(place, 0o700);
      expect(await running.temporaryFiles()).toHaveLength(1);
      expect(running.descriptors()).toBe(0);
      const again = await receive(`${url}/named/${file}`);
      expect(again.body.equals(large)).toBe(true);
      await eventually(async () => {
        expect(await running.temporaryFiles()).toHaveLength(1);
      });
      await running.app.close();
    });
    expect(await running.temporaryFiles()).toEqual([]);
  });
});

describe.skipIf(!canMount())('a store that is read-only', tmpfs, () => {
  const running = useRunningApp({ controllers: [FaultRoutes] });
  let mount: Mount;
  beforeEach(() => {
    mount = mountMemory('size=64m,mode=700', running.dataDir);
  });
  // The last hook runs first; this one whatever the other says.
  afterEach(() => mount[Symbol.dispose]());
  afterEach(async () => {
    await running.encryption.erase(OWNER);
    await expectSettled(running);
  });

  it('gives its files and takes none, until it can be written to', async () => {
    const { url } = running;
    const filename = await store(url, content);
    const removed = await store(url, content);
    mount.remount('ro');
    expectNeutral(await upload(url, content), HIDDEN);
    expect(running.log.text).toContain('The file system is read-only');
    await expectContent(url, filename, { content });
    expectNeutral(await receive(`${url}/remove/${removed}`, POST), HIDDEN);
    expect(await rowsOf(running)).toEqual([filename]);
    expect(await containersOf(running)).toContain(removed);
    mount.remount('rw');
    await store(url, content);
    await sweepLater(running);
    await expectSettled(running);
  });
});

describe('a start without rights', () => {
  const place = useModuleStart();

  it.each([
    ['dataDir', 'FILE_ENCRYPTOR_DATA_DIR'],
    ['tmpDir', 'FILE_ENCRYPTOR_TMP_DIR'],
  ])(
    'to make the folder of %s is refused with what to do, and works once it has them',
    async (option, variable) => {
      const start = (name: string) =>
        place.start({
          imports: [
            database(),
            FileEncryptorModule.forRoot({
              globalKey: SecretKey.random(),
              ...place.folders(name),
              [option]: join(place.folder, 'above', name),
              entities: ENTITIES,
            }),
          ],
        });
      await mkdir(join(place.folder, 'above'), 0o700);
      // What is loaded on demand is there after it.
      await start('first');
      await withoutRights(place.folder, async () => {
        await chmod(join(place.folder, 'above'), 0o500);
        const error = await rejectionOf(start('second'));
        expect(error).toBeInstanceOf(ConfigurationError);
        expect(String(error)).toContain('EACCES');
        expect(String(error)).toContain(variable);
        expect(String(error)).toContain('needs read, write and search');
        expect(String(error)).not.toContain(place.folder);
        await chmod(join(place.folder, 'above'), 0o700);
        await start('second');
      });
    },
  );
});
