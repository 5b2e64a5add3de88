import { createReadStream } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError, FormatError } from 'nestjs-file-encryptor';
import {
  readLegacyFile,
  type ReadLegacyOptions,
} from 'nestjs-file-encryptor/legacy';
import {
  claiming,
  LEAVE,
  storedInChunks,
  TOKEN,
} from '../core/legacy/reading.js';
import { rejectionOf } from '../core/thrown.js';
import { Downloads } from '../download/download-server.js';
import { OWNER } from '../e2e/documents.js';
import { receive } from '../e2e/http-client.js';
import { useCaseApp } from './case-app.js';

const SIZES = [0, 15, 16, 17, 65_536, 200_001];
/** With one kind of error, whatever is wrong. */
const REFUSED = {
  error: expect.objectContaining({
    constructor: FormatError,
    code: 'FORMAT',
  }) as unknown,
  isUntouched: true,
};
const FACTS = { name: 'a.txt', type: 'text/plain' };

// D-13
describe('a file of Flask-Encryptor', () => {
  const app = useCaseApp({ controllers: [Downloads] });
  let path = '';
  beforeEach(async () => {
    const folder = join(app.running.folder, 'old');
    await mkdir(folder, { recursive: true });
    path = join(folder, 'd41d8cd98f004204a9800998ecf8427e');
    app.keepSecret(TOKEN);
  });

  /** Reads the file where it lies, and stores what it holds. */
  async function convert(options: Partial<ReadLegacyOptions> = {}) {
    const { size: length } = await stat(path);
    const told = { ...LEAVE, token: TOKEN, length, ...options };
    const source = createReadStream(path);
    try {
      const file = await readLegacyFile(source, told);
      expect(file.authenticated).toBe(false);
      const { encryption } = app.running;
      const upload = await encryption.encryptUpload(file.content, FACTS);
      const { filename } = await encryption.save(upload, OWNER);
      return { filename, checked: file.checked };
    } finally {
      // Where an option is refused it stays the caller's.
      source.destroy();
    }
  }

  async function contentOf(filename: string): Promise<Buffer> {
    const answer = await receive(`${app.running.url}/files/${filename}`);
    return answer.status === 200 ? answer.body : Buffer.from('no content');
  }

  const state = async () => [
    await app.running.containers(),
    await readFile(path),
  ];

  /** How it is refused, and whether all is as it was. */
  async function refusal(options?: Partial<ReadLegacyOptions>) {
    const before = await state();
    const error = await rejectionOf(convert(options));
    const isUntouched = isDeepStrictEqual(await state(), before);
    return { error, isUntouched };
  }

  it.each(SIZES)('of %d bytes is read with its token', async (size) => {
    const content = app.content(size);
    const stored = storedInChunks(content);
    await writeFile(path, stored);
    const { filename } = await convert();
    expect((await contentOf(filename)).equals(content)).toBe(true);
    // It becomes a file of its own, and is not written over.
    expect(await readFile(path)).toEqual(stored);
  });

  it.each(SIZES)('of %d bytes is refused when it was cut', async (size) => {
    const stored = storedInChunks(app.content(size));
    for (const bytes of [1, 16]) {
      await writeFile(path, stored.subarray(0, -bytes));
      expect(await refusal()).toEqual(REFUSED);
    }
  });

  it.each(SIZES)('of %d bytes is refused with a size of 2^63', async (size) => {
    await writeFile(
      path,
      claiming(storedInChunks(app.content(size)), 2n ** 63n),
    );
    expect(await refusal()).toEqual(REFUSED);
  });

  it.each([15, 17, 200_001])(
    'of %d bytes is refused with another token, by its filling',
    async (size) => {
      // One byte of filling is right by chance with one content of 256.
      const content = size === 15 ? Buffer.alloc(size, 'a') : app.content(size);
      await writeFile(path, storedInChunks(content));
      expect(await refusal({ token: 'another' })).toEqual(REFUSED);
    },
  );

  it.each([16, 65_536])(
    'of %d bytes has no filling: another token is not noticed, and that is said',
    async (size) => {
      const content = app.content(size);
      await writeFile(path, storedInChunks(content));
      const { filename, checked } = await convert({ token: 'another' });
      expect(checked).toBe(false);
      const { body } = await receive(`${app.running.url}/files/${filename}`);
      expect(body).toHaveLength(size);
      expect(body.equals(content)).toBe(false);
    },
  );

  it('is not read at all without leave for what is unauthenticated', async () => {
    const stored = storedInChunks(app.content(1000));
    await writeFile(path, stored);
    for (const allowUnauthenticated of [
      undefined,
      false,
    ] as unknown as true[]) {
      const error = await rejectionOf(convert({ allowUnauthenticated }));
      expect(error).toBeInstanceOf(ConfigurationError);
    }
  });

  it.each(SIZES)(
    'of %d bytes in chunks of 100 is read with that size',
    async (size) => {
      const content = app.content(size);
      await writeFile(path, storedInChunks(content, { chunkSize: 100 }));
      const { filename } = await convert({ chunkSize: 100 });
      expect((await contentOf(filename)).equals(content)).toBe(true);
    },
  );

  it.each(SIZES.filter((size) => size > 100))(
    'of %d bytes in chunks of 100 is refused without that size',
    async (size) => {
      const stored = storedInChunks(app.content(size), { chunkSize: 100 });
      await writeFile(path, stored);
      expect(await refusal()).toEqual(REFUSED);
    },
  );

  it.each(SIZES.filter((size) => size <= 100))(
    'of %d bytes is one chunk of 100, and needs no size',
    async (size) => {
      const content = app.content(size);
      await writeFile(path, storedInChunks(content, { chunkSize: 100 }));
      const { filename } = await convert();
      expect((await contentOf(filename)).equals(content)).toBe(true);
    },
  );
});
