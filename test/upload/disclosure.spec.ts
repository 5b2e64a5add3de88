import {
  Controller,
  Post,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
} from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import {
  type Answer,
  filePart,
  formBytes,
  post,
  postForm,
} from '../e2e/form.js';
import { useRunningApp } from '../e2e/running-app.js';

const NAME = 'canary-of-the-name.txt';
const CONTENT = 'canary-of-the-content';

/** No filter: the errors are Nest's to answer and to log. */
@Controller()
class Canaries {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Post('saves')
  @UseInterceptors(
    EncryptedFileInterceptor('file', { limits: { fileSize: 1000 } }),
  )
  saves(@UploadedFile() upload: EncryptedUpload) {
    return this.encryption.save(upload, OWNER);
  }

  @Post('bad-owner')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  badOwner(@UploadedFile() upload: EncryptedUpload) {
    return this.encryption.save(upload, {});
  }

  @Post('throws-it')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  throwsIt(@UploadedFile() upload: EncryptedUpload) {
    throw new Error(`Not this one: ${upload.filename}`);
  }
}

describe('a failed upload', () => {
  const running = useRunningApp({ controllers: [Canaries] });
  const file = filePart(NAME, CONTENT);

  it.each<[string, number, (url: string) => Promise<Answer>]>([
    [
      'an unexpected field',
      400,
      (url) => {
        return postForm(`${url}/saves`, filePart(NAME, CONTENT, 'other'));
      },
    ],
    ['a second file', 400, (url) => postForm(`${url}/saves`, file, file)],
    [
      'a file that is too large',
      413,
      (url) => {
        const large = filePart(NAME, CONTENT.repeat(1000));
        return postForm(`${url}/saves`, large);
      },
    ],
    [
      'a form that is cut',
      400,
      (url) => post(`${url}/saves`, formBytes([file]).subarray(0, -40)),
    ],
    [
      'a name that is too long',
      400,
      (url) => postForm(`${url}/saves`, filePart(NAME.repeat(300), CONTENT)),
    ],
    ['an owner that is none', 400, (url) => postForm(`${url}/bad-owner`, file)],
    ['a handler that fails', 500, (url) => postForm(`${url}/throws-it`, file)],
  ])('by %s shows no name and no content', async (_, status, send) => {
    running.log.clear();
    const answer = await send(running.url);
    expect(answer.status).toBe(status);
    expect(running.log.errors).toHaveLength(1);
    for (const text of [running.log.text, answer.text]) {
      expect(text).not.toContain('canary');
      expect(text).not.toContain(running.folder);
    }
  });
});
