import { Controller, Get, Param } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  FileEncryptorExceptionFilter,
  FileNotFoundError,
  FormatError,
  IntegrityError,
  KeyNotFoundError,
  KeyProviderError,
  ObjectNotFoundError,
  OwnerError,
  StoreError,
  UploadError,
  WrongKeyError,
} from 'nestjs-file-encryptor';
import { receive } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { ADAPTERS } from '../download/download-server.js';

const CAUSE = new Error('the cause of it');

/** What a client may see. */
const EXPOSED = [
  [400, new OwnerError('An owner is needed.')],
  [409, new OwnerError('It is erased.', { code: 'OWNER_ERASED' })],
  [400, new UploadError('UPLOAD_MISSING', 'No file came.')],
  [400, new UploadError('UPLOAD_INVALID', 'The form is malformed.')],
  [400, new UploadError('UPLOAD_ABORTED', 'The form was cut.')],
  [400, new UploadError('UPLOAD_TOO_MANY', 'Send fewer.')],
  [400, new UploadError('NAME_TOO_LONG', 'Shorten it.')],
  [413, new UploadError('UPLOAD_TOO_LARGE', 'Send a smaller one.')],
  [415, new UploadError('UPLOAD_UNSUPPORTED', 'Send a form.')],
  [404, new FileNotFoundError('There is no such file.')],
] as const;

/** What is the server's fault. */
const HIDDEN = [
  new ConfigurationError('Set an option.'),
  new UploadError('UPLOAD_SPENT', 'It was saved before.'),
  new IntegrityError('A segment is damaged.', { cause: CAUSE }),
  new FormatError('It has another format.'),
  new KeyNotFoundError('Give the key back.'),
  new WrongKeyError('It is of another owner.'),
  new KeyProviderError('The service is away.', { cause: CAUSE }),
  new ObjectNotFoundError('The container is gone.'),
  new StoreError('The disk is broken.', { cause: CAUSE }),
  new StoreError('It is taken.', { code: 'OBJECT_EXISTS' }),
] as const;

const FULL = new StoreError('Free space.', { code: 'STORE_FULL' });
const BUSY = new StoreError('Raise a limit.', {
  code: 'TEMPORARY_SPACE',
  retryAfter: 7,
});

const LARGE = new StoreError('Raise a limit.', { code: 'TEMPORARY_LIMIT' });

const ALL = [
  ...EXPOSED.map(([, error]) => error),
  ...HIDDEN,
  FULL,
  BUSY,
  LARGE,
];

@Controller()
class Faults {
  @Get('fault/:at')
  fault(@Param('at') at: string) {
    throw ALL[Number(at)];
  }

  @Get('other')
  other() {
    throw new Error('not one of ours');
  }
}

describe.each(ADAPTERS)('the filter on %s', (_, parts) => {
  const running = useRunningApp({
    controllers: [Faults],
    providers: [
      { provide: APP_FILTER, useClass: FileEncryptorExceptionFilter },
    ],
    ...parts,
  });

  it.each(EXPOSED)('answers %i with code and message: %s', async (...row) => {
    const [status, error] = row;
    running.log.clear();
    expect(await answerTo(error)).toEqual({
      statusCode: status,
      code: error.code,
      message: error.message,
    });
    expect(running.log.lines).toEqual([]);
  });

  it.each(HIDDEN)(
    'hides behind a reference that the log has: %s',
    async (error) => {
      running.log.clear();
      const { message, ...rest } = await answerTo(error);
      expect(rest).toEqual({ statusCode: 500, code: 'INTERNAL_ERROR' });
      expect(message).toMatch(
        /^Something went wrong on the server\. Reference: [0-9a-f-]{36}$/,
      );
      const [line, ...others] = running.log.errors;
      expect(others).toEqual([]);
      expect(line).toContain(message.slice(-36));
      expect(line).toMatch(new RegExp(`^${error.code} .*${error.message}`));
      expect(line?.includes('the cause of it')).toBe('cause' in error);
    },
  );

  it('gives each answer a reference of its own', async () => {
    const messages = new Set<string>();
    for (let i = 0; i < 3; i += 1) {
      messages.add((await answerTo(HIDDEN[0])).message);
    }
    expect(messages.size).toBe(3);
  });

  it('tells that the store is full, and logs it', async () => {
    running.log.clear();
    expect(await answerTo(FULL)).toEqual({
      statusCode: 507,
      code: 'STORE_FULL',
      message: expect.stringMatching(/no room.*Reference/) as string,
    });
    expect(running.log.text).toContain('Free space.');
  });

  it('tells that there is no room for a temporary file, and when to come again', async () => {
    running.log.clear();
    expect(await answerTo(BUSY)).toEqual({
      statusCode: 503,
      code: 'TEMPORARY_SPACE',
      message: expect.stringMatching(/no room.*Reference/) as string,
    });
    expect(running.log.text).toContain('Raise a limit.');
    const url = `${running.url}/fault/${ALL.indexOf(BUSY)}`;
    expect((await receive(url)).headers).toHaveProperty('retry-after', '7');
  });

  it('tells that there will never be room for a temporary file', async () => {
    running.log.clear();
    expect(await answerTo(LARGE)).toEqual({
      statusCode: 507,
      code: 'TEMPORARY_LIMIT',
      message: expect.stringMatching(
        /^(?!.*\bnow\b).* room for\. Reference/,
      ) as string,
    });
    expect(running.log.text).toContain('Raise a limit.');
    const url = `${running.url}/fault/${ALL.indexOf(LARGE)}`;
    expect((await receive(url)).headers).not.toHaveProperty('retry-after');
  });

  it('leaves the errors of others alone', async () => {
    const { status, body } = await receive(`${running.url}/other`);
    expect(status).toBe(500);
    expect(JSON.parse(body.toString())).toEqual({
      statusCode: 500,
      message: 'Internal server error',
    });
  });

  async function answerTo(error: Error) {
    return faultOf(running.url, error);
  }
});

describe.each(ADAPTERS)('without the filter, %s', (_, parts) => {
  const running = useRunningApp({ controllers: [Faults], ...parts });

  it.each(EXPOSED)('answers %i: %s', async (status, error) => {
    expect(await faultOf(running.url, error)).toMatchObject({
      statusCode: status,
      message: error.message,
    });
  });

  it.each(HIDDEN)(
    'answers 500, tells nothing, and logs it: %s',
    async (error) => {
      running.log.clear();
      expect(await faultOf(running.url, error)).toEqual({
        statusCode: 500,
        message: 'Internal Server Error',
      });
      expect(running.log.text).toContain(error.message);
      expect(running.log.text).toContain(error.code);
    },
  );

  it('answers 507 where the store is full', async () => {
    expect(await faultOf(running.url, FULL)).toMatchObject({ statusCode: 507 });
  });
});

interface Fault {
  readonly statusCode: number;
  readonly code?: string;
  readonly message: string;
}

/** The answer's JSON; its status must be the one that the JSON tells. */
async function faultOf(url: string, error: Error): Promise<Fault> {
  const at = ALL.findIndex((one) => one === error);
  const { status, headers, body } = await receive(`${url}/fault/${at}`);
  expect(headers['content-type']).toMatch(/^application\/json/);
  const fault = JSON.parse(body.toString()) as Fault;
  expect(fault.statusCode).toBe(status);
  return fault;
}
