import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  type NestInterceptor,
  Post,
  RequestTimeoutException,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { catchError, throwError, timeout } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EncryptedFileInterceptor,
  type EncryptedUpload,
  EncryptionService,
} from 'nestjs-file-encryptor';
import { useDelayingStore } from '../e2e/delaying-store.js';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { filePart, postForm } from '../e2e/form.js';
import { useRunningApp } from '../e2e/running-app.js';

/** As Nest's documentation has it. */
class Timeout implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(
      timeout(2000),
      catchError(() => throwError(() => new RequestTimeoutException())),
    );
  }
}

@Controller()
class Uploads {
  static handled = 0;

  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
    private readonly dataSource: DataSource,
  ) {}

  @Post('in-time')
  @UseInterceptors(Timeout, EncryptedFileInterceptor('file'))
  async inTime(@UploadedFile() upload: EncryptedUpload) {
    Uploads.handled += 1;
    await this.encryption.save(upload, OWNER);
  }

  @Post('undone')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async undone(@UploadedFile() upload: EncryptedUpload) {
    try {
      await this.dataSource.transaction(async (manager) => {
        await this.encryption.save(upload, OWNER, { manager });
        throw new Error('undone');
      });
    } catch {
      await upload.discard();
    }
    return { saved: false };
  }

  @Post('patient')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async patient(@UploadedFile() upload: EncryptedUpload) {
    await this.encryption.save(upload, OWNER);
  }
}

describe('an upload that is given up', () => {
  const store = useDelayingStore();
  const running = useRunningApp({
    controllers: [Uploads],
    options: { dataDir: undefined, store },
  });
  afterEach(() => running.encryption.erase(OWNER));

  it('by an interceptor outside, while it is stored, leaves nothing', async () => {
    Object.assign(store, { delay: 10_000 });
    const answer = await post('in-time');
    Object.assign(store, { delay: 0 });
    expect(answer.status).toBe(408);
    expect(await count()).toBe(1);
    await eventually(async () => expect(await count()).toBe(0), 3000);
    expect(Uploads.handled).toBe(0);
  });

  it('by nobody is saved', async () => {
    expect((await post('patient')).status).toBe(201);
    expect(await count()).toBe(1);
  });

  it('by a handler that sees its transaction undone leaves nothing', async () => {
    expect((await post('undone')).status).toBe(201);
    expect(await count()).toBe(0);
  });

  function post(route: string) {
    const part = filePart('a.txt', 'content');
    return postForm(`${running.url}/${route}`, part);
  }

  async function count(): Promise<number> {
    let objects = 0;
    for await (const _ of store.list()) objects += 1;
    return objects;
  }
});
