import type { Socket } from 'node:net';
import {
  Controller,
  Post,
  UnsupportedMediaTypeException,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EncryptedAnyFilesInterceptor,
  EncryptedFileInterceptor,
  type EncryptedUploadOptions,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { eventually } from '../e2e/eventually.js';
import { filePart, type Part } from '../e2e/form.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { connectionsOf } from '../e2e/raw-connection.js';
import { answerOn } from '../e2e/raw-answer.js';
import { useRunningApp } from '../e2e/running-app.js';
import { beginForm } from '../e2e/unfinished-form.js';

const REFUSING: EncryptedUploadOptions = {
  limits: { fileSize: 200_000, files: 2 },
  fileFilter: (_request, { originalname }, callback) =>
    originalname === 'refused.bin'
      ? callback(new UnsupportedMediaTypeException('Not such a one.'), false)
      : callback(null, true),
};

@Controller()
@UseFilters(FileEncryptorExceptionFilter)
class RefusedUploads {
  @Post('any')
  @UseInterceptors(EncryptedAnyFilesInterceptor(REFUSING))
  any(): never {
    throw new Error('No form gets here.');
  }

  @Post('one')
  @UseInterceptors(EncryptedFileInterceptor('file', REFUSING))
  one(): never {
    throw new Error('No form gets here.');
  }
}

/** What is wrong with a form, and what its client is told of it. */
const REFUSALS: readonly (readonly [
  what: string,
  route: string,
  parts: readonly Part[],
  answer: object,
])[] = [
  [
    'a file that is too large',
    'any',
    [filePart('a.bin', 'small'), filePart('b.bin', Buffer.alloc(300_000))],
    { statusCode: 413, code: 'UPLOAD_TOO_LARGE' },
  ],
  [
    'a file that is too large, and another behind it',
    'any',
    [filePart('a.bin', Buffer.alloc(300_000)), filePart('b.bin', 'small')],
    { statusCode: 413, code: 'UPLOAD_TOO_LARGE' },
  ],
  [
    'too many files',
    'any',
    ['a', 'b', 'c'].map((name) => filePart(name, name)),
    { statusCode: 400, code: 'UPLOAD_TOO_MANY' },
  ],
  [
    'a file that the filter refuses',
    'any',
    [filePart('a.bin', 'small'), filePart('refused.bin', 'small')],
    { statusCode: 415, message: 'Not such a one.' },
  ],
  [
    'a file in a field that is not expected',
    'one',
    [filePart('a.bin', 'small', 'other')],
    { statusCode: 400, code: 'UPLOAD_INVALID' },
  ],
  [
    'a file whose name is too long',
    'any',
    [filePart('x'.repeat(5000), 'small')],
    { statusCode: 400, code: 'NAME_TOO_LONG' },
  ],
];

describe('a form that is refused, and whose client stops sending', () => {
  const running = useRunningApp({
    controllers: [RefusedUploads],
    options: { idleTimeout: 1 },
  });
  let socket: Socket | undefined;
  afterEach(() => socket?.destroy());

  it.each(REFUSALS)('for %s is told so', async (_, route, parts, answer) => {
    socket = await beginForm(running, { route }, parts);
    const { headers, json } = await answerOn(socket);
    expect(json).toMatchObject(answer);
    expect(headers).toMatch(/^connection: close\r$/im);
    expect(await running.containers()).toEqual([]);
    await eventually(async () => expect(await connectionsOf(running)).toBe(0));
    await expectNothingOpen(running);
    expect(running.log.errors).toEqual([]);
  });
});
