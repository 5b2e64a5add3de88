import {
  Controller,
  FileTypeValidator,
  MaxFileSizeValidator,
  ParseFilePipe,
  Post,
  UploadedFile,
  UploadedFiles,
  UseInterceptors,
} from '@nestjs/common';
import { EMPTY, of } from 'rxjs';
import { DataSource } from 'typeorm';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EncryptedAnyFilesInterceptor,
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
} from 'nestjs-file-encryptor';
import { Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { filePart, postForm } from '../e2e/form.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';

const SMALL_TEXT = new ParseFilePipe({
  validators: [
    new MaxFileSizeValidator({ maxSize: 10 }),
    new FileTypeValidator({ fileType: 'text/plain', fallbackToMimetype: true }),
  ],
});

@Controller()
class Outcomes {
  static saving: Promise<unknown> | undefined;

  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
    private readonly dataSource: DataSource,
  ) {}

  @Post('throws-before')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  throwsBefore() {
    throw new Error('The handler fails.');
  }

  @Post('throws-after')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async throwsAfter(@UploadedFile() upload: EncryptedUpload) {
    await this.encryption.save(upload, OWNER);
    throw new Error('The handler fails.');
  }

  @Post('rolls-back')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async rollsBack(@UploadedFile() upload: EncryptedUpload) {
    await this.dataSource.transaction(async (manager) => {
      await this.encryption.save(upload, OWNER, { manager });
      throw new Error('The transaction fails.');
    });
  }

  @Post('one-of-two')
  @UseInterceptors(EncryptedAnyFilesInterceptor())
  async oneOfTwo(@UploadedFiles() uploads: [EncryptedUpload, EncryptedUpload]) {
    await this.encryption.save(uploads[1], OWNER);
    return { kept: uploads[1].name };
  }

  @Post('one-of-two-fails')
  @UseInterceptors(EncryptedAnyFilesInterceptor())
  async oneOfTwoFails(@UploadedFiles() uploads: EncryptedUpload[]) {
    await Promise.all(
      uploads.map((upload) =>
        this.encryption.save(upload, upload.name === 'bad' ? {} : OWNER),
      ),
    );
  }

  @Post('throws-meanwhile')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async throwsMeanwhile(@UploadedFile() upload: EncryptedUpload) {
    Outcomes.saving = this.encryption.save(upload, OWNER);
    await Promise.all([
      Outcomes.saving,
      Promise.reject(new Error('The handler fails.')),
    ]);
  }

  @Post('returns-meanwhile')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  returnsMeanwhile(@UploadedFile() upload: EncryptedUpload) {
    void this.encryption.save(upload, OWNER);
    return { saved: 'soon' };
  }

  @Post('never')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  never() {
    return { saved: false };
  }

  @Post('never-empty')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  neverEmpty() {
    return EMPTY;
  }

  @Post('observable')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  observable() {
    return of({ saved: false });
  }

  @Post('discards')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async discards(@UploadedFile() upload: EncryptedUpload) {
    await upload.discard();
    await upload.discard();
    return this.encryption.save(upload, OWNER);
  }

  @Post('twice')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async twice(@UploadedFile() upload: EncryptedUpload) {
    await this.encryption.save(upload, OWNER);
    return this.encryption.save(upload, OWNER);
  }

  @Post('validated')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async validated(@UploadedFile(SMALL_TEXT) upload: EncryptedUpload) {
    await this.encryption.save(upload, OWNER);
  }
}

describe('what becomes of an upload', () => {
  const running = useRunningApp({ controllers: [Outcomes] });

  afterEach(async () => {
    await running.encryption.erase(OWNER);
    await expectNothingStored(running);
  });

  it.each([
    ['throws-before', 500],
    ['rolls-back', 500],
    ['discards', 500],
    ['never', 201],
    ['never-empty', 201],
    ['observable', 201],
  ])('whose handler %s: its container is gone', async (route, status) => {
    const answer = await post(route);
    expect(answer.status).toBe(status);
    expect(await running.containers()).toEqual([]);
    expect(await running.encryption.list(OWNER)).toEqual([]);
  });

  it('that is saved before its handler throws: it stays, and is readable', async () => {
    expect((await post('throws-after')).status).toBe(500);
    await expectReadable(['a.txt']);
  });

  it('that is saved twice: the first row stays, and is readable', async () => {
    expect((await post('twice')).status).toBe(500);
    await expectReadable(['a.txt']);
  });

  it('of two, of which one is saved: the other is gone', async () => {
    const answer = await post('one-of-two', 'first', 'second');
    expect(answer.json).toEqual({ kept: 'second' });
    await expectReadable(['second']);
  });

  it.each([
    ['good', 'bad'],
    ['bad', 'good'],
  ])(
    'of two saved at once, %s and %s: no row is without its container',
    async (...names) => {
      expect((await post('one-of-two-fails', ...names)).status).toBe(400);
      await eventually(async () => {
        const rows = await running.encryption.list(OWNER);
        expect(await running.containers()).toHaveLength(rows.length);
        await Promise.all(rows.map((row) => row.verify()));
      });
    },
  );

  it('that is being saved when its handler returns: it stays', async () => {
    expect((await post('returns-meanwhile')).status).toBe(201);
    await eventually(() => expectReadable(['a.txt']));
  });

  it('that is being saved when its handler throws: no row is without its container', async () => {
    expect((await post('throws-meanwhile')).status).toBe(500);
    await Outcomes.saving;
    const rows = await running.encryption.list(OWNER);
    expect(await running.containers()).toHaveLength(rows.length);
  });

  it('that a pipe rejects for its size: its container is gone', async () => {
    const answer = await postForm(
      `${running.url}/validated`,
      filePart('a.txt', 'more than ten bytes'),
    );
    expect(answer.status).toBe(400);
    expect(await running.containers()).toEqual([]);
  });

  it('that a pipe rejects for its type: its container is gone', async () => {
    const answer = await postForm(`${running.url}/validated`, {
      ...filePart('a.txt', 'short'),
      type: 'image/png',
    });
    expect(answer.status).toBe(400);
    expect(await running.containers()).toEqual([]);
  });

  it('that a pipe lets pass: it is saved', async () => {
    const part = filePart('a.txt', 'short');
    const answer = await postForm(`${running.url}/validated`, part);
    expect(answer.status).toBe(201);
    await expectReadable(['a.txt']);
  });

  function post(route: string, ...names: string[]) {
    const files = names.length > 0 ? names : ['a.txt'];
    const parts = files.map((name) => filePart(name, 'content'));
    return postForm(`${running.url}/${route}`, ...parts);
  }

  async function expectReadable(names: readonly string[]) {
    const rows = await running.encryption.list(OWNER);
    expect(rows.map(({ name }) => name)).toEqual(names);
    expect(await running.containers()).toHaveLength(names.length);
    await Promise.all(rows.map((row) => row.verify()));
  }
});

/** What no row names would stay in the store. */
async function expectNothingStored(running: RunningApp): Promise<void> {
  expect(await running.containers()).toEqual([]);
}
