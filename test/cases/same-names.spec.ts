import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import {
  Controller,
  Get,
  Param,
  ParseIntPipe,
  Query,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { parse } from 'content-disposition';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Delivery,
  DownloadInterceptor,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { ADAPTERS, DELIVERIES } from '../download/download-server.js';
import type { Document, DocumentToken } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { begin, receive } from '../e2e/http-client.js';
import { useCaseApp } from './case-app.js';

const MEBI = 1024 * 1024;
/** More than the buffers of both ends of a connection hold. */
const LARGE = 16 * MEBI;
const NAME = 'report.pdf';
const TIMES = 20;

/** All deliveries, and a temporary file that has a name. */
const WAYS = [...DELIVERIES, 'decrypted'] as const;

/** Downloads of several owners, in each way. */
@Controller('of/:userId')
@UseFilters(FileEncryptorExceptionFilter)
@UseInterceptors(DownloadInterceptor)
class Reports {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get(':filename')
  async download(
    @Param('userId', ParseIntPipe) userId: number,
    @Param('filename') filename: string,
    @Query('way') way: Delivery | 'decrypted',
  ) {
    const file = await this.encryption.find(filename, { userId });
    return way === 'decrypted' ? file.decrypt() : file.as({ delivery: way });
  }
}

/** A file of one of the owners. */
interface Report {
  readonly userId: number;
  readonly filename: string;
  readonly content: Buffer;
}

// D-28
describe.each(ADAPTERS)('files of one name, from %s', (_, parts) => {
  const app = useCaseApp({ controllers: [Reports], ...parts });
  beforeEach(() => app.running.log.clear());
  app.afterCase(async () => {
    for (const userId of [1, 2]) await app.running.encryption.erase({ userId });
  });

  it.each(WAYS)(
    'reach twenty slow readers each, complete and not mixed: %s',
    async (way) => {
      const reports = [await save(1, MEBI), await save(2, MEBI + 1)];
      await Promise.all(
        Array.from({ length: TIMES }, () => reports)
          .flat()
          .map((report) => expectOwnBytes(report, way)),
      );
      await eventually(async () => {
        expect(await app.running.temporaryFiles()).toEqual([]);
      });
      const { lines } = app.running.log;
      expect(lines.filter(({ level }) => level !== 'log')).toEqual([]);
    },
  );

  it.each(WAYS)(
    'end with their own bytes where one is removed meanwhile: %s',
    async (way) => {
      const [removed, kept] = [await save(1, LARGE), await save(2, LARGE)];
      const running = [removed, kept].map((report) => begin(url(report, way)));
      const responses = await Promise.all(running);
      for (const response of responses) await once(response, 'readable');
      const { filename, userId } = removed;
      await app.running.encryption.remove(filename, { userId });
      const next = await save(1, LARGE);
      const bodies = await Promise.all(responses.map(buffer));
      for (const [at, { content }] of [removed, kept].entries()) {
        expect(responses[at]?.complete).toBe(true);
        expect(bodies[at]?.equals(content)).toBe(true);
      }
      expect((await receive(url(removed, way))).status).toBe(404);
      for (const report of [kept, next]) await expectOwnBytes(report, way);
    },
  );

  async function save(userId: number, size: number): Promise<Report> {
    const { encryption } = app.running;
    const content = app.content(size);
    const upload = await encryption.encryptUpload(Readable.from([content]), {
      name: NAME,
      type: 'application/pdf',
    });
    const { filename } = await encryption.save(upload, { userId });
    return { userId, filename, content };
  }

  function url({ userId, filename }: Report, way: string): string {
    return `${app.running.url}/of/${userId}/${filename}?way=${way}`;
  }

  async function expectOwnBytes(report: Report, way: string): Promise<void> {
    const response = await begin(url(report, way));
    const header = response.headers['content-disposition'] ?? '';
    expect(parse(header).parameters['filename']).toBe(NAME);
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      await setTimeout(2);
    }
    expect(response.complete).toBe(true);
    expect(Buffer.concat(chunks).equals(report.content)).toBe(true);
  }
});
