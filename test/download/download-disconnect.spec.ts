import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  type NestInterceptor,
  Param,
  UseInterceptors,
} from '@nestjs/common';
import { concatMap } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { DownloadInterceptor, EncryptionService } from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { abandon, begin, receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  storeFile,
} from './download-server.js';

/** More than the buffers of a connection hold. */
const LARGE = 12 * 1024 * 1024;

class Failing implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next
      .handle()
      .pipe(concatMap(() => Promise.reject(new Error('Another fails.'))));
  }
}

@Controller('failing')
@UseInterceptors(Failing, DownloadInterceptor)
class FailingDownloads {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get(':filename/:delivery')
  async file(
    @Param('filename') filename: string,
    @Param('delivery') delivery: 'stream' | 'decrypted',
  ) {
    const file = await this.encryption.find(filename, OWNER);
    return delivery === 'decrypted' ? file.decrypt() : file.as({ delivery });
  }
}

const WAYS = [
  ...DELIVERIES.map((delivery) => `?delivery=${delivery}`),
  '/decrypted',
];

// D-18
describe.each(ADAPTERS)('a client of %s that goes away', (_, parts) => {
  const running = useRunningApp({ controllers: [Downloads], ...parts });
  afterEach(async () => {
    await expectNothingOpen(running);
    expectQuiet(running);
  });

  it.each(WAYS)('in the middle of %s leaves nothing open', async (way) => {
    const filename = await storeFile(running, randomBytes(LARGE));
    const response = await begin(`${running.url}/files/${filename}${way}`);
    await once(response, 'readable');
    expect(running.descriptors()).toBeGreaterThan(0);
    response.destroy();
  });

  it.each(WAYS)('before an answer by %s leaves nothing open', async (way) => {
    const filename = await storeFile(running, randomBytes(LARGE));
    await Promise.all(
      Array.from({ length: 5 }, () =>
        abandon(`${running.url}/files/${filename}${way}`),
      ),
    );
    // And the next one is served.
    const { broken, body } = await receive(
      `${running.url}/files/${filename}${way}`,
    );
    expect({ broken, size: body.length }).toEqual({
      broken: false,
      size: LARGE,
    });
  });
});

describe('a download whose answer never leaves', () => {
  const running = useRunningApp({ controllers: [FailingDownloads] });

  it.each([...DELIVERIES, 'decrypted'])(
    'by %s leaves nothing open',
    async (way) => {
      const filename = await storeFile(running, randomBytes(LARGE));
      const { status } = await receive(
        `${running.url}/failing/${filename}/${way}`,
      );
      expect(status).toBe(500);
      await expectNothingOpen(running);
    },
  );
});

/** That somebody went away is no fault, and nobody's business. */
function expectQuiet({ log }: RunningApp): void {
  expect(log.lines.filter(({ level }) => level !== 'log')).toEqual([]);
}
