import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Controller,
  Get,
  Param,
  Post,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  DownloadInterceptor,
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
  type FileDescription,
  FileEncryptorModule,
  InjectEncryption,
  SecretKey,
} from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from './documents.js';
import { filePart, postForm } from './form.js';
import { receive } from './http-client.js';
import { expectNothingOpen } from './nothing-open.js';
import { useRunningApp } from './running-app.js';

const WORDS = 'canary-of-the-content '.repeat(20_000);
const NAME = 'canary-of-the-name 報告.txt';
/** What the archive's own row would hold. */
let archivedRow: { readonly filename: string } | undefined;

@Controller('files')
class Files {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
    @InjectEncryption('archive') private readonly archive: EncryptionService,
  ) {}

  @Post()
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async upload(@UploadedFile() upload: EncryptedUpload) {
    const { filename } = await this.encryption.save(upload, OWNER);
    return this.encryption.find(filename, OWNER);
  }

  @Get()
  list() {
    return this.encryption.list(OWNER);
  }

  @Get(':filename')
  @UseInterceptors(DownloadInterceptor)
  download(@Param('filename') filename: string) {
    return this.encryption.find(filename, OWNER);
  }

  @Get(':filename/decrypted')
  @UseInterceptors(DownloadInterceptor)
  async decrypted(@Param('filename') filename: string) {
    return (await this.encryption.find(filename, OWNER)).decrypt();
  }

  @Post('archive')
  @UseInterceptors(EncryptedFileInterceptor('file', { name: 'archive' }))
  async keep(@UploadedFile() upload: EncryptedUpload) {
    const token = await this.archive.createToken(OWNER);
    archivedRow = await this.archive.attach(upload, token, OWNER);
    return { size: upload.size };
  }
}

describe('a file that is stored', () => {
  const running = useRunningApp({
    controllers: [Files],
    imports: [
      FileEncryptorModule.forRootAsync({
        name: 'archive',
        useFactory: () => ({
          globalKey: SecretKey.random(),
          dataDir: join(running.folder, 'archive'),
          tmpDir: join(running.folder, 'tmp'),
        }),
      }),
    ],
  });

  it('comes back whole, while nothing that can be read lies on a disk', async () => {
    const answer = await postForm(
      `${running.url}/files`,
      filePart(NAME, WORDS),
    );
    expect(answer.status).toBe(201);
    const stored = answer.json as FileDescription;
    expect(stored).toMatchObject({ name: NAME, size: WORDS.length });
    await expectUnreadable(running.folder);

    for (const way of ['', '/decrypted']) {
      const { body } = await receive(
        `${running.url}/files/${stored.filename}${way}`,
      );
      expect(body.toString()).toBe(WORDS);
    }
    const list = await receive(`${running.url}/files`);
    expect(JSON.parse(list.body.toString())).toEqual([stored]);
    await expectNothingOpen(running);
    await expectUnreadable(running.folder);
    expect(running.log.text).not.toContain('canary');
  });

  it('in a row tells nothing either', async () => {
    const [file] = await running.encryption.list(OWNER);
    expect(JSON.stringify(file?.row)).not.toContain('canary');
  });

  it('is a container of which two of the same content have nothing in common', async () => {
    const content = randomBytes(100_000);
    const before = new Set(await running.containers());
    for (const name of ['one', 'two']) {
      await postForm(`${running.url}/files`, filePart(name, content));
    }
    const made = (await running.containers()).filter((key) => !before.has(key));
    const blocks = await Promise.all(
      made.map(async (key) => blocksOf(join(running.dataDir, key))),
    );
    const [one = [], two = []] = blocks;
    expect(one.length).toBeGreaterThan(6000);
    const known = new Set(one);
    expect(two.filter((block) => known.has(block))).toEqual([]);
  });

  it('by an interceptor with a name lies in the store of that name', async () => {
    const before = await running.containers();
    const part = filePart('a.txt', 'content');
    const answer = await postForm(`${running.url}/files/archive`, part);
    expect(answer.json).toEqual({ size: 7 });
    expect(await running.containers()).toEqual(before);
    const archived = await readdir(join(running.folder, 'archive'), {
      recursive: true,
    });
    expect(
      archived.filter((path) => path.endsWith(archivedRow?.filename ?? '?')),
    ).toHaveLength(1);
  });
});

async function expectUnreadable(folder: string): Promise<void> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  const files = entries.filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(0);
  for (const { parentPath, name } of files) {
    expect(name).not.toContain('canary');
    const bytes = await readFile(join(parentPath, name));
    expect(bytes.includes('canary')).toBe(false);
  }
}

/** Hashes of the blocks of 16 bytes behind the header. */
async function blocksOf(path: string): Promise<string[]> {
  const bytes = (await readFile(path)).subarray(74);
  return Array.from({ length: Math.floor(bytes.length / 16) }, (_, at) =>
    createHash('sha256')
      .update(bytes.subarray(16 * at, 16 * at + 16))
      .digest('hex'),
  );
}
