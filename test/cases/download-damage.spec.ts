import type { ServerResponse } from 'node:http';
import {
  Controller,
  Get,
  type MiddlewareConsumer,
  type NestModule,
  Param,
  StreamableFile,
  UseFilters,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { damage, Downloads, storeFile } from '../download/download-server.js';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { type Received, receive } from '../e2e/http-client.js';
import { type CaseApp, useCaseApp } from './case-app.js';

/**
 * A chunk that fills a batch. The third of five smaller ones would be in the
 * first batch, whose damage is known before any header has left.
 */
const C = 1024 * 1024;
const SIZE = 5 * C;
/** In the ciphertext of the third segment. */
const THIRD = 74 + 2 * (C + 32) + 100;

/** The stream of a file, sent without the interceptor. */
@Controller('streams/:filename')
@UseFilters(FileEncryptorExceptionFilter)
class Streams {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get('sized')
  async sized(@Param('filename') filename: string) {
    const file = await this.encryption.find(filename, OWNER);
    return new StreamableFile(file.createReadStream(), { length: file.size });
  }

  @Get('chunked')
  async chunked(@Param('filename') filename: string) {
    const file = await this.encryption.find(filename, OWNER);
    return new StreamableFile(file.createReadStream());
  }
}

/** Takes the length away from answers of `/lengthless`, as a proxy may do. */
class Lengthless implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(withoutLength).forRoutes('files/:filename');
  }
}

function withoutLength(
  { url }: { readonly url?: string },
  response: ServerResponse,
  next: () => void,
): void {
  if (url?.includes('lengthless') === true) {
    const writeHead = response.writeHead.bind(response) as (
      status: number,
      headers?: Record<string, unknown>,
    ) => ServerResponse;
    response.writeHead = (status: number, ...rest: unknown[]) => {
      response.removeHeader('content-length');
      const given = Object.entries(Object(rest.at(-1)) as object).filter(
        ([name]) => name.toLowerCase() !== 'content-length',
      );
      return writeHead(status, Object.fromEntries(given));
    };
  }
  next();
}

const LATE: readonly (readonly [way: string, hasLength: boolean])[] = [
  ['files/:filename?delivery=stream', true],
  ['files/:filename?delivery=stream&lengthless', false],
  ['streams/:filename/sized', true],
  ['streams/:filename/chunked', false],
];

const BEFORE = [
  'files/:filename?delivery=temp-file',
  'files/:filename?delivery=temp-file&lengthless',
  'files/:filename?delivery=verify',
  'files/:filename/decrypted',
];

// D-19
describe.each(['Express', 'Fastify'])(
  'damage in the middle of a file on %s',
  (name) => {
    const app: CaseApp = useCaseApp({
      controllers: [Downloads, Streams],
      imports: [Lengthless],
      options: { chunkSize: C },
      ...(name === 'Fastify' && { adapter: () => fastify(app) }),
    });
    let content: Buffer;
    let good = '';
    let bad = '';
    beforeAll(async () => {
      content = app.content(SIZE);
      good = await storeFile(app.running, content);
      bad = await storeFile(app.running, content);
      await damage(app.running, bad, THIRD);
    });
    beforeEach(() => app.running.log.clear());

    it.each(LATE)(
      'breaks the answer to %s off, behind good bytes',
      async (way, hasLength) => {
        const { status, broken, headers, body } = await get(way, bad);
        expect({ status, broken }).toEqual({ status: 200, broken: true });
        expect('content-length' in headers).toBe(hasLength);
        expect([0, C, 2 * C]).toContain(body.length);
        expect(body.equals(content.subarray(0, body.length))).toBe(true);
        await expectOneLine(way);
        await expectNextFine(way);
      },
    );

    it.each(BEFORE)('is an error in place of the answer to %s', async (way) => {
      const answer = await get(way, bad);
      expect(answer).toMatchObject({ status: 500, broken: false });
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect(answer.headers['content-disposition']).toBeUndefined();
      expect(JSON.parse(String(answer.body))).toEqual({
        statusCode: 500,
        code: 'INTERNAL_ERROR',
        message: expect.stringMatching(/Reference: [0-9a-f-]{36}$/) as string,
      });
      await expectOneLine(way);
      await expectNextFine(way);
    });

    function get(way: string, filename: string): Promise<Received> {
      return receive(
        `${app.running.url}/${way.replace(':filename', filename)}`,
      );
    }

    /** It tells which file, and what is wrong with it. */
    async function expectOneLine(way: string): Promise<void> {
      const isNests = name === 'Express' || way.startsWith('files/');
      const lines = () => (isNests ? app.running.log.errors : fastifyLines());
      await eventually(() => expect(lines()).toHaveLength(1));
      expect(lines()[0]).toContain(bad);
      expect(lines()[0]).toMatch(/segment 2\b/i);
    }

    function fastifyLines(): string[] {
      const { lines } = app.running.log;
      return lines.flatMap(({ level, text }) =>
        level === 'log' ? [text] : [],
      );
    }

    async function expectNextFine(way: string): Promise<void> {
      const answer = await get(way, good);
      expect(answer).toMatchObject({ status: 200, broken: false });
      expect(answer.body.equals(content)).toBe(true);
      await expectOneLine(way);
    }
  },
);

/** Of a stream that breaks in its hands, Fastify tells in a log of its own. */
function fastify({ running }: CaseApp): FastifyAdapter {
  const stream = { write: (line: string) => running.log.log(line) };
  return new FastifyAdapter({ logger: { level: 'warn', stream } });
}
