import { Readable } from 'node:stream';
import {
  Controller,
  Post,
  Req,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import {
  DownloadInterceptor,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { Downloads } from '../download/download-server.js';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { filePart, post, postForm } from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { KeptUploads } from './kept-uploads.js';

const LINE = /take forms on Express alone.*give encryptUpload the stream/;

/** Takes a body as Fastify gives it when a parser has let it through. */
@Controller('stream')
@UseFilters(FileEncryptorExceptionFilter)
class Streams {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Post()
  @UseInterceptors(DownloadInterceptor)
  async store(@Req() { body }: { readonly body: Readable }) {
    const facts = { name: 'a.bin', type: 'application/octet-stream' };
    const upload = await this.encryption.encryptUpload(body, facts);
    const { filename } = await this.encryption.save(upload, OWNER);
    return { filename };
  }
}

// D-34
describe('an application on Fastify', () => {
  const running = useRunningApp({
    controllers: [KeptUploads, Streams, Downloads],
    adapter: () => {
      const adapter = new FastifyAdapter();
      const types = ['multipart/form-data', 'application/octet-stream'];
      adapter
        .getInstance()
        .addContentTypeParser(types, (_request, payload, done) =>
          done(null, payload),
        );
      return adapter;
    },
  });

  it('is told at its start that the interceptors take no forms there, and how else', () => {
    const warnings = running.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings.length).toBeGreaterThan(0);
    for (const { text } of warnings) expect(text).toMatch(LINE);
  });

  it('refuses a form without reading it, and says why in the log alone', async () => {
    running.log.clear();
    const form = filePart('a.txt', 'content');
    const answer = await postForm(`${running.url}/one`, form);
    expect(answer.status).toBe(500);
    expect(answer.json).toHaveProperty('code', 'INTERNAL_ERROR');
    expect(answer.text).not.toContain('Fastify');
    expect(running.log.errors.join()).toMatch(LINE);
    expect(await running.containers()).toEqual([]);
  });

  it('stores the stream that it gives to the service, and gives it back', async () => {
    const content = Buffer.alloc(300_000, 'content');
    const type = 'application/octet-stream';
    const { status, json } = await post(`${running.url}/stream`, content, type);
    expect(status).toBe(201);
    const { filename } = json as { readonly filename: string };
    const { body } = await receive(`${running.url}/files/${filename}`);
    expect(body.equals(content)).toBe(true);
  });
});
