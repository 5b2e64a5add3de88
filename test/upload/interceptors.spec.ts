import {
  Body,
  Controller,
  Post,
  UploadedFile,
  UploadedFiles,
  UseInterceptors,
} from '@nestjs/common';
import { MulterModule } from '@nestjs/platform-express';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EncryptedAnyFilesInterceptor,
  EncryptedFileFieldsInterceptor,
  EncryptedFileInterceptor,
  EncryptedFilesInterceptor,
  EncryptedUpload,
  EncryptionService,
} from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { filePart, postForm } from '../e2e/form.js';
import { useRunningApp } from '../e2e/running-app.js';

@Controller()
class Uploads {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Post('one')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async one(
    @UploadedFile() upload: EncryptedUpload,
    @Body() body: Record<string, string>,
  ) {
    return { saved: [await this.#save(upload)], note: body['note'] };
  }

  @Post('many')
  @UseInterceptors(EncryptedFilesInterceptor('file', 2))
  async many(@UploadedFiles() uploads: EncryptedUpload[]) {
    return { saved: await this.#saveAll(uploads) };
  }

  @Post('fields')
  @UseInterceptors(
    EncryptedFileFieldsInterceptor([
      { name: 'cover', maxCount: 1 },
      { name: 'pages' },
    ]),
  )
  async fields(@UploadedFiles() uploads: Record<string, EncryptedUpload[]>) {
    const all = Object.values(uploads).flat();
    return { fields: Object.keys(uploads), saved: await this.#saveAll(all) };
  }

  @Post('any')
  @UseInterceptors(EncryptedAnyFilesInterceptor())
  async any(@UploadedFiles() uploads: EncryptedUpload[]) {
    return { saved: await this.#saveAll(uploads) };
  }

  @Post('without-multer')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  look(@UploadedFile() upload: unknown) {
    return { isUpload: upload instanceof EncryptedUpload };
  }

  async #saveAll(uploads: readonly EncryptedUpload[]) {
    const saved = [];
    for (const upload of uploads) saved.push(await this.#save(upload));
    return saved;
  }

  async #save(upload: EncryptedUpload) {
    const { fieldname, name, originalname, type, mimetype, size } = upload;
    const { filename } = await this.encryption.save(upload, OWNER);
    return { filename, fieldname, name, originalname, type, mimetype, size };
  }
}

interface Saved {
  readonly saved: readonly {
    readonly filename: string;
    readonly fieldname: string;
    readonly name: string;
  }[];
}

describe('the four upload interceptors', () => {
  // The destination must be ignored: with it multer would write plaintext.
  const running = useRunningApp({
    controllers: [Uploads],
    imports: [MulterModule.register({ dest: '/nowhere/plaintext' })],
  });

  afterEach(async () => {
    await running.encryption.erase(OWNER);
  });

  it('hand one file of a field to the handler, and the other fields', async () => {
    const answer = await postForm(
      `${running.url}/one`,
      { disposition: 'name="note"', content: 'a note' },
      filePart('a.txt', 'content'),
    );
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      saved: [
        {
          filename: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
          fieldname: 'file',
          name: 'a.txt',
          originalname: 'a.txt',
          type: 'text/plain',
          mimetype: 'text/plain',
          size: 7,
        },
      ],
      note: 'a note',
    });
  });

  it('hand several files of a field over, in their order', async () => {
    const answer = await postForm(
      `${running.url}/many`,
      filePart('a.txt', 'A'),
      filePart('b.txt', 'B'),
    );
    const { saved } = answer.json as Saved;
    expect(saved.map(({ name }) => name)).toEqual(['a.txt', 'b.txt']);
    expect(await textOf(saved[1]?.filename)).toBe('B');
  });

  it('hand the files of several fields over by field', async () => {
    const answer = await postForm(
      `${running.url}/fields`,
      filePart('c.png', 'C', 'cover'),
      filePart('1.txt', '1', 'pages'),
      filePart('2.txt', '2', 'pages'),
    );
    const { fields, saved } = answer.json as Saved & { fields: string[] };
    expect(fields).toEqual(['cover', 'pages']);
    expect(saved.map(({ fieldname, name }) => [fieldname, name])).toEqual([
      ['cover', 'c.png'],
      ['pages', '1.txt'],
      ['pages', '2.txt'],
    ]);
  });

  it('hand files of any field over', async () => {
    const answer = await postForm(
      `${running.url}/any`,
      filePart('a.txt', 'A', 'x'),
      filePart('b.txt', 'B', 'y'),
    );
    const { saved } = answer.json as Saved;
    expect(saved.map(({ fieldname }) => fieldname)).toEqual(['x', 'y']);
  });

  it('store every file as one container', async () => {
    const answer = await postForm(
      `${running.url}/any`,
      filePart('a.txt', 'A', 'x'),
      filePart('b.txt', 'B', 'y'),
    );
    const { saved } = answer.json as Saved;
    const stored = (await running.containers()).map((path) => path.slice(6));
    expect(stored).toEqual(saved.map(({ filename }) => filename).toSorted());
  });

  it.each([
    ['one', ['file', 'other'], 'UPLOAD_INVALID'],
    ['one', ['file', 'file'], 'UPLOAD_INVALID'],
    ['many', ['file', 'file', 'file'], 'UPLOAD_INVALID'],
    ['fields', ['cover', 'cover'], 'UPLOAD_INVALID'],
    ['fields', ['pages', 'other'], 'UPLOAD_INVALID'],
  ])(
    'refuse at %s a form with the fields %j, and keep nothing',
    async (route, fields, code) => {
      const parts = fields.map((field) => filePart('a.txt', 'A', field));
      const answer = await postForm(`${running.url}/${route}`, ...parts);
      expect(answer.status).toBe(400);
      expect(running.log.text).toContain(code);
      expect(await running.containers()).toEqual([]);
    },
  );

  async function textOf(filename = ''): Promise<string> {
    const file = await running.encryption.find(filename, OWNER);
    const chunks: Buffer[] = [];
    for await (const chunk of file.createReadStream()) {
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks).toString();
  }
});

describe('without a MulterModule', () => {
  const running = useRunningApp({ controllers: [Uploads] });

  it('an interceptor works as well', async () => {
    const answer = await postForm(
      `${running.url}/without-multer`,
      filePart('a.txt', 'content'),
    );
    expect(answer.json).toEqual({ isUpload: true });
  });
});
