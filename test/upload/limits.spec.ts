import { randomBytes } from 'node:crypto';
import {
  Controller,
  Post,
  UnsupportedMediaTypeException,
  UploadedFile,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { MulterModule } from '@nestjs/platform-express';
import { memoryStorage } from 'multer';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { type Answer, filePart, postForm } from '../e2e/form.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';
import { KeptUploads } from './kept-uploads.js';

const LIMIT = 100_000;

@Controller('local')
@UseFilters(FileEncryptorExceptionFilter)
class LocalLimits {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Post('smaller')
  @UseInterceptors(
    EncryptedFileInterceptor('file', { limits: { fileSize: 9 } }),
  )
  smaller(@UploadedFile() upload: EncryptedUpload) {
    return this.encryption.save(upload, OWNER);
  }

  @Post('unset')
  @UseInterceptors(
    EncryptedFileInterceptor('file', { limits: { fileSize: undefined } }),
  )
  unset(@UploadedFile() upload: EncryptedUpload) {
    return this.encryption.save(upload, OWNER);
  }

  @Post('filter')
  @UseInterceptors(
    EncryptedFileInterceptor('file', {
      fileFilter: (_request, _file, callback) => callback(null, true),
    }),
  )
  filter(@UploadedFile() upload: EncryptedUpload) {
    return this.encryption.save(upload, OWNER);
  }
}

describe("the module's limits", () => {
  const running = useRunningApp({
    controllers: [KeptUploads, LocalLimits],
    options: { limits: { fileSize: LIMIT, files: 2, fieldSize: 10 } },
    imports: [
      MulterModule.register({
        storage: memoryStorage(),
        limits: { fileSize: 1, fields: 1 },
      }),
    ],
  });
  eraseAfterEach(running);

  it('let a file of exactly the limit pass', async () => {
    const answer = await send(running, 'one', randomBytes(LIMIT));
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ size: LIMIT });
  });

  it.each([1, 65_536, 5_000_000])(
    'refuse a file %i bytes above, and leave nothing of it',
    async (above) => {
      const answer = await send(running, 'one', randomBytes(LIMIT + above));
      expect(answer.status).toBe(413);
      expect(answer.json).toMatchObject({
        statusCode: 413,
        code: 'UPLOAD_TOO_LARGE',
      });
      expect(await running.containers()).toEqual([]);
    },
  );

  it('take the first file with them when the second is too large', async () => {
    const answer = await postForm(
      `${running.url}/any`,
      filePart('small.bin', 'small'),
      filePart('large.bin', randomBytes(LIMIT + 1)),
    );
    expect(answer.status).toBe(413);
    expect(await running.containers()).toEqual([]);
    expect(await running.encryption.list(OWNER)).toEqual([]);
  });

  it('refuse more files than allowed', async () => {
    const parts = ['a', 'b', 'c'].map((name) => filePart(name, name));
    const answer = await postForm(`${running.url}/any`, ...parts);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'UPLOAD_TOO_MANY' });
    expect(await running.containers()).toEqual([]);
  });

  it('refuse a field whose value is too long', async () => {
    const answer = await postForm(`${running.url}/one`, filePart('a', 'a'), {
      disposition: 'name="note"',
      content: 'longer than that',
    });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'UPLOAD_INVALID' });
    expect(await running.containers()).toEqual([]);
  });

  it("stand beside those of the application's MulterModule", async () => {
    const note = { disposition: 'name="note"', content: '1' };
    const answer = await postForm(
      `${running.url}/one`,
      note,
      note,
      filePart('a', 'a'),
    );
    expect(answer.status).toBe(400);
    expect(await running.containers()).toEqual([]);
  });

  it("give way to a route's own", async () => {
    expect((await send(running, 'local/smaller', '123456789')).status).toBe(
      201,
    );
    expect((await send(running, 'local/smaller', '1234567890')).status).toBe(
      413,
    );
  });

  it('stay where a route leaves its own undefined', async () => {
    const above = randomBytes(LIMIT + 1);
    expect((await send(running, 'local/unset', above)).status).toBe(413);
  });
});

describe('limits that are a function of the request', () => {
  const running = useRunningApp({
    controllers: [KeptUploads],
    options: { limits: { files: 1 } },
    imports: [
      MulterModule.register({
        limits: (request) => ({
          files: 9,
          fileSize: request.headers['content-length'] ? 10 : 0,
        }),
      }),
    ],
  });
  eraseAfterEach(running);

  it('are asked', async () => {
    expect((await send(running, 'one', '1234567890')).status).toBe(201);
    expect((await send(running, 'one', '12345678901')).status).toBe(413);
  });

  it('give way to ours', async () => {
    const parts = ['a', 'b'].map((name) => filePart(name, name));
    const answer = await postForm(`${running.url}/any`, ...parts);
    expect(answer.json).toMatchObject({ code: 'UPLOAD_TOO_MANY' });
  });
});

describe("the application's file filter", () => {
  const running = useRunningApp({
    controllers: [KeptUploads, LocalLimits],
    imports: [
      MulterModule.register({
        fileFilter: (_request, file, callback) => {
          if (file.originalname === 'skipped') return callback(null, false);
          if (file.originalname === 'allowed') return callback(null, true);
          callback(
            new UnsupportedMediaTypeException('Only allowed ones'),
            false,
          );
        },
      }),
    ],
  });
  eraseAfterEach(running);

  it('lets a file pass', async () => {
    expect((await send(running, 'one', 'x', 'allowed')).status).toBe(201);
  });

  it('skips a file: the handler gets none', async () => {
    const answer = await send(running, 'one', 'x', 'skipped');
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'UPLOAD_MISSING' });
    expect(await running.containers()).toEqual([]);
  });

  it('refuses a file with an error that stays its own', async () => {
    const answer = await send(running, 'one', 'x', 'other');
    expect(answer.status).toBe(415);
    expect(answer.json).toMatchObject({ message: 'Only allowed ones' });
    expect(await running.containers()).toEqual([]);
  });

  it("gives way to a route's own", async () => {
    expect((await send(running, 'local/filter', 'x', 'other')).status).toBe(
      201,
    );
  });
});

function send(
  { url }: RunningApp,
  route: string,
  content: Uint8Array | string,
  name = 'a.bin',
): Promise<Answer> {
  return postForm(`${url}/${route}`, filePart(name, content));
}

function eraseAfterEach(running: RunningApp): void {
  afterEach(async () => {
    await running.encryption.erase(OWNER);
  });
}
