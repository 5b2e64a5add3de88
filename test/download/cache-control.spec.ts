import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import {
  Controller,
  Get,
  Header,
  type MiddlewareConsumer,
  type NestModule,
  Param,
  Query,
  Res,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DownloadInterceptor,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { receive, type Sending } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { ADAPTERS, damage, Downloads, storeFile } from './download-server.js';

const MINUTE = 'private, max-age=60';
const DEFAULT = 'private, no-store, no-transform';

@Controller('cached')
@UseFilters(FileEncryptorExceptionFilter)
@UseInterceptors(DownloadInterceptor)
class CachedDownloads {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get(':filename/decorator')
  @Header('Cache-Control', MINUTE)
  decorated(@Param('filename') filename: string) {
    return this.encryption.find(filename, OWNER);
  }

  @Get(':filename/handler')
  handled(
    @Param('filename') filename: string,
    @Query('value') value: string,
    @Res({ passthrough: true }) response: Response,
  ) {
    response.header('Cache-Control', value);
    return this.encryption.find(filename, OWNER);
  }

  @Get(':filename/middleware')
  passed(@Param('filename') filename: string) {
    return this.encryption.find(filename, OWNER);
  }

  @Get(':filename/decrypted')
  @Header('Cache-Control', MINUTE)
  async decrypted(@Param('filename') filename: string) {
    return (await this.encryption.find(filename, OWNER)).decrypt();
  }
}

/** What the responses of Express and of Fastify have in common. */
interface Response {
  header(name: string, value: string): unknown;
}

class Caching implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(cacheForAMinute).forRoutes('cached/:filename/middleware');
  }
}

/** Fastify gives middleware Node's own response, as Express does. */
function cacheForAMinute(
  _request: unknown,
  response: ServerResponse,
  next: () => void,
): void {
  response.setHeader('Cache-Control', MINUTE);
  next();
}

/** Requests that are not answered with an error. */
const ANSWERS: readonly (readonly [number, Sending])[] = [
  [200, {}],
  [200, { method: 'HEAD' }],
  [206, { headers: { Range: 'bytes=0-9' } }],
  [304, { headers: { 'If-None-Match': '*' } }],
];

const ERRORS: readonly (readonly [number, Sending])[] = [
  [412, { headers: { 'If-Match': '"another"' } }],
  [416, { headers: { Range: 'bytes=999-' } }],
];

describe.each(ADAPTERS)('the Cache-Control of a download on %s', (_, parts) => {
  const running = useRunningApp({
    controllers: [Downloads, CachedDownloads],
    imports: [Caching],
    ...parts,
  });
  let filename = '';
  beforeAll(async () => {
    filename = await storeFile(running, randomBytes(100));
  });
  const ask = async (path: string, sending: Sending) => {
    const { status, headers } = await receive(running.url + path, sending);
    return { status, value: headers['cache-control'] };
  };

  describe.each(ANSWERS)('with %i to %j', (status, sending) => {
    it.each(['', '/decrypted'])('lets nobody keep it %s', async (way) => {
      const answer = await ask(`/files/${filename}${way}`, sending);
      expect(answer).toEqual({ status, value: DEFAULT });
    });

    it.each([
      'decorator',
      'decrypted',
      'middleware',
      `handler?value=${encodeURIComponent(MINUTE)}`,
    ])('is what a %s has said, and no-transform', async (way) => {
      const answer = await ask(`/cached/${filename}/${way}`, sending);
      expect(answer).toEqual({ status, value: `${MINUTE}, no-transform` });
    });
  });

  it.each([
    ['no-transform', 'no-transform'],
    ['private, No-Transform', 'private, No-Transform'],
    ['no-transform , max-age=9', 'no-transform , max-age=9'],
    ['no-cache', 'no-cache, no-transform'],
    ['public, immutable', 'public, immutable, no-transform'],
    ['x-no-transform', 'x-no-transform, no-transform'],
  ])('of %s is sent as %s', async (set, value) => {
    const query = `value=${encodeURIComponent(set)}`;
    const answer = await ask(`/cached/${filename}/handler?${query}`, {});
    expect(answer).toEqual({ status: 200, value });
  });

  // What may be kept of a file is not what may be kept of an error: a cache
  // would answer the next request for the whole file with it (RFC 9111, 3).
  describe.each(ERRORS)('with %i to %j', (status, sending) => {
    it.each(['decorator', 'middleware', 'decrypted'])(
      'lets nobody keep it, whatever a %s has said',
      async (way) => {
        const answer = await ask(`/cached/${filename}/${way}`, sending);
        expect(answer.status).toBe(status);
        expect(answer.value).toContain('no-store');
        expect(answer.value).not.toContain('max-age');
      },
    );
  });

  it.each(['decorator', 'middleware', 'decrypted'])(
    'with a fault of the server lets nobody keep it, whatever a %s has said',
    async (way) => {
      const damaged = await storeFile(running, randomBytes(100));
      await damage(running, damaged, -1);
      const answer = await ask(`/cached/${damaged}/${way}`, {});
      expect(answer).toEqual({ status: 500, value: 'no-store' });
    },
  );
});
