import { randomBytes } from 'node:crypto';
import { Controller, Get, Param, UseInterceptors } from '@nestjs/common';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  DownloadInterceptor,
  DownloadOptions,
  EncryptionService,
} from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { receive } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { damage, storeFile } from './download-server.js';

abstract class Ways {
  constructor(
    protected readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  find(filename: string) {
    return this.encryption.find(filename, OWNER);
  }
}

@Controller('plain')
@UseInterceptors(DownloadInterceptor)
class Plain extends Ways {
  constructor(encryption: EncryptionService<Document, DocumentToken>) {
    super(encryption);
  }

  @Get('module/:filename')
  module(@Param('filename') filename: string) {
    return this.find(filename);
  }

  @Get('route/:filename')
  @DownloadOptions({ delivery: 'verify', disposition: 'inline' })
  route(@Param('filename') filename: string) {
    return this.find(filename);
  }

  @Get('handler/:filename')
  @DownloadOptions({ delivery: 'verify', disposition: 'inline' })
  async handler(@Param('filename') filename: string) {
    const file = await this.find(filename);
    return file.as({ delivery: 'stream' }).as({ disposition: 'attachment' });
  }

  @Get('decrypted/:filename')
  @DownloadOptions({ disposition: 'inline' })
  async decrypted(@Param('filename') filename: string) {
    return (await this.find(filename)).decrypt();
  }
}

@Controller('class')
@UseInterceptors(DownloadInterceptor)
@DownloadOptions({ delivery: 'verify', disposition: 'inline' })
class OfClass extends Ways {
  constructor(encryption: EncryptionService<Document, DocumentToken>) {
    super(encryption);
  }

  @Get('class/:filename')
  class(@Param('filename') filename: string) {
    return this.find(filename);
  }

  @Get('route/:filename')
  @DownloadOptions({ delivery: 'stream' })
  route(@Param('filename') filename: string) {
    return this.find(filename);
  }
}

describe('the options of a download', () => {
  const running = useRunningApp({
    controllers: [Plain, OfClass],
    options: { delivery: 'stream' },
  });
  let whole = '';
  let damaged = '';
  beforeAll(async () => {
    whole = await storeFile(running, Buffer.from('some text'));
    // By stream it breaks off; else it is an answer without content.
    damaged = await storeFile(running, randomBytes(5_000_000));
    await damage(running, damaged, -1);
  });

  it.each([
    [
      'the module when nothing else is said',
      'plain/module',
      'stream',
      'attachment',
    ],
    ['the route before the module', 'plain/route', 'verify', 'inline'],
    ['the handler before the route', 'plain/handler', 'stream', 'attachment'],
    ['the class before the module', 'class/class', 'verify', 'inline'],
    [
      'the route before the class, each by itself',
      'class/route',
      'stream',
      'inline',
    ],
  ])('come from %s', async (_, path, delivery, disposition) => {
    const { headers } = await receive(`${running.url}/${path}/${whole}`);
    expect(headers['content-disposition']).toMatch(`${disposition};`);
    const { status } = await receive(`${running.url}/${path}/${damaged}`);
    expect(status).toBe(delivery === 'stream' ? 200 : 500);
  });

  it('show a decrypted file as well', async () => {
    const { headers } = await receive(
      `${running.url}/plain/decrypted/${whole}`,
    );
    expect(headers['content-disposition']).toMatch(/^inline;/);
  });

  it('do not show what carries scripts', async () => {
    for (const type of ['image/svg+xml', 'text/html']) {
      const filename = await storeFile(running, randomBytes(10), { type });
      const { headers } = await receive(
        `${running.url}/plain/route/${filename}`,
      );
      expect(headers['content-disposition']).toMatch(/^attachment;/);
    }
  });
});
