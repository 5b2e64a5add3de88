import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import {
  Controller,
  Get,
  Param,
  Post,
  Query,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { parse } from 'content-disposition';
import { describe, expect, it } from 'vitest';
import {
  DownloadInterceptor,
  downloadZip,
  type EncryptedFile,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { begin, receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import {
  ADAPTERS,
  containerOf,
  damage,
  type Facts,
  storeFile,
} from './download-server.js';
import { readZip } from './zip-reader.js';

const MEBI = 1024 * 1024;
const LONG = `${'報'.repeat(300)}.pdf`;

@Controller('zip')
@UseFilters(FileEncryptorExceptionFilter)
@UseInterceptors(DownloadInterceptor)
class Zips {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get()
  async zip(@Query('of') of = '', @Query('name') name?: string) {
    const files: EncryptedFile<Document>[] = [];
    for (const filename of of.split(',').filter(Boolean)) {
      files.push(await this.encryption.find(filename, OWNER));
    }
    return downloadZip(files, name === undefined ? {} : { name });
  }

  @Post(':filename')
  async posted(@Param('filename') filename: string) {
    return downloadZip([await this.encryption.find(filename, OWNER)]);
  }
}

describe.each(ADAPTERS)('a zip on %s', (_, parts) => {
  const running = useRunningApp({ controllers: [Zips], ...parts });

  it('holds the files that the handler has packed', async () => {
    const files = await stored([
      { name: 'a.txt', content: randomBytes(10) },
      { name: '報告 é😀.txt', content: randomBytes(3 * MEBI) },
      { name: 'empty', content: Buffer.alloc(0) },
    ]);
    const answer = await receive(urlOf(files));
    expect(answer).toMatchObject({ status: 200, broken: false });
    const found = await running.encryption.find(
      files[0]?.filename ?? '',
      OWNER,
    );
    const members = await readZip(answer.body);
    expect(members.map(digest)).toEqual(files.map(digest));
    expect(members[0]).toMatchObject({
      modified: new Date(Math.floor(found.createdAt.getTime() / 1000) * 1000),
      mode: 0o100600,
    });
    await expectNothingOpen(running);
  });

  it('tells what it is, and that nothing else may be made of it', async () => {
    const files = await stored([{ content: randomBytes(10) }]);
    const { headers, body } = await receive(urlOf(files));
    expect(headers).toMatchObject({
      'content-type': 'application/zip',
      'content-length': String(body.length),
      'content-disposition': 'attachment; filename=files.zip',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store, no-transform',
      'accept-ranges': 'none',
    });
    expect(headers).not.toHaveProperty('etag');
    expect(headers).not.toHaveProperty('last-modified');
    expect(headers).not.toHaveProperty('transfer-encoding');
  });

  it.each([
    ['Grüße 😀.zip', 'Grüße 😀.zip'],
    ['../../a\r\nX: y.zip', 'aX_ y.zip'],
    ['', 'files.zip'],
  ])('is offered under its name: %j', async (name, offered) => {
    const { headers } = await receive(
      `${running.url}/zip?name=${encodeURIComponent(name)}`,
    );
    const { parameters } = parse(headers['content-disposition'] ?? '');
    expect(parameters['filename']).toBe(offered);
  });

  it.each([
    ['no files', []],
    ['an empty file', [{}]],
    ['many empty files', Array.from({ length: 20 }, () => ({}))],
    ['a name of 900 bytes', [{ name: LONG }, { name: LONG }]],
    ['letters of all kinds', [{ name: 'é' }, { name: 'e\u0301' }]],
  ])('of %s has the length that was told', async (__, facts) => {
    const files = await stored(
      facts.map((fact) => ({ ...fact, content: Buffer.alloc(0) })),
    );
    const { status, headers, body, broken } = await receive(urlOf(files));
    expect({ status, broken }).toEqual({ status: 200, broken: false });
    expect(headers['content-length']).toBe(String(body.length));
    expect(await readZip(body)).toHaveLength(files.length);
  });

  it('has names that are safe and differ', async () => {
    const names = ['a.pdf', 'A.pdf', '../x', 'x', 'CON', '..'];
    const files = await stored(
      names.map((name) => ({ name, content: Buffer.from(name) })),
    );
    const members = await readZip((await receive(urlOf(files))).body);
    expect(members.map(({ name }) => name)).toEqual([
      'a.pdf',
      'A (2).pdf',
      'x',
      'x (2)',
      '_CON',
      'file',
    ]);
  });

  it('of which HEAD is asked opens no container', async () => {
    const files = await stored([{ content: randomBytes(1000) }]);
    const full = await receive(urlOf(files));
    await lose(files[0]);
    running.log.clear();
    const head = await receive(urlOf(files), { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(lasting(head.headers)).toEqual(lasting(full.headers));
    expect(running.log.errors).toEqual([]);
  });

  it.each([
    ['Range', 'bytes=0-9'],
    ['If-None-Match', '*'],
    ['If-Match', '"x"'],
  ])('has neither ranges nor conditions: %s', async (header, value) => {
    const files = await stored([{ content: randomBytes(1000) }]);
    const answer = await receive(urlOf(files), {
      headers: { [header]: value },
    });
    expect(answer).toMatchObject({ status: 200, broken: false });
    expect(await readZip(answer.body)).toHaveLength(1);
  });

  it('answers a POST, with its status', async () => {
    const [file] = await stored([{ content: randomBytes(1000) }]);
    const answer = await receive(`${running.url}/zip/${file?.filename}`, {
      method: 'POST',
    });
    expect(answer.status).toBe(201);
    expect(await readZip(answer.body)).toHaveLength(1);
  });

  it.each([
    ['beginning', 100],
    ['end', -1],
  ])('breaks off where the %s of a file is damaged', async (__, position) => {
    const files = await threeFiles();
    await damage(running, files[1]?.filename ?? '', position);
    expect(await brokenAnswer(files)).toBeLessThan(1);
  });

  it('breaks off where a container is missing', async () => {
    const files = await threeFiles();
    await lose(files[1]);
    expect(await brokenAnswer(files)).toBeLessThan(1);
  });

  it('breaks off where the first container is missing', async () => {
    const files = (await threeFiles()).slice(1);
    await lose(files[0]);
    running.log.clear();
    // Whether the headers have left by then, the adapters differ.
    const broken = await receive(urlOf(files)).then(
      (answer) => answer.broken,
      (error: NodeJS.ErrnoException) => error.code === 'ECONNRESET',
    );
    expect(broken).toBe(true);
    expectOneLine(files[0]?.filename);
  });

  // D-38
  it('leaves nothing open for a client that goes away', async () => {
    running.log.clear();
    const files = await stored([
      { content: randomBytes(10) },
      { content: randomBytes(12 * MEBI) },
      { content: randomBytes(10) },
    ]);
    const response = await begin(urlOf(files));
    await once(response, 'readable');
    await eventually(() => expect(running.descriptors()).toBe(1));
    response.destroy();
    await expectNothingOpen(running);
    expect(running.log.errors).toEqual([]);
  });

  interface Stored extends Facts {
    readonly filename: string;
    readonly content: Buffer;
  }

  async function stored(
    files: readonly (Facts & { readonly content: Buffer })[],
  ): Promise<Stored[]> {
    const all: Stored[] = [];
    for (const file of files) {
      const filename = await storeFile(running, file.content, file);
      all.push({ ...file, filename });
    }
    return all;
  }

  function threeFiles(): Promise<Stored[]> {
    return stored(
      [3 * MEBI, 2 * MEBI, MEBI].map((size) => ({
        content: randomBytes(size),
      })),
    );
  }

  async function lose(file: Stored | undefined): Promise<void> {
    await unlink(containerOf(running, file?.filename ?? ''));
  }

  function urlOf(files: readonly Stored[]): string {
    const of = files.map(({ filename }) => filename).join(',');
    return `${running.url}/zip?of=${of}`;
  }

  /** Checks that it ends as it should. @returns what part of it has come. */
  async function brokenAnswer(files: readonly Stored[]): Promise<number> {
    running.log.clear();
    const { status, headers, body, broken } = await receive(urlOf(files));
    expect({ status, broken }).toEqual({ status: 200, broken: true });
    await expect(readZip(body)).rejects.toThrow(/end of central directory/i);
    expectOneLine(files[1]?.filename);
    await expectNothingOpen(running);
    return body.length / Number(headers['content-length']);
  }

  function expectOneLine(filename: string | undefined): void {
    const { errors } = running.log;
    expect(errors).toEqual([expect.stringContaining(`File ${filename}`)]);
  }
});

function digest({ name = '', content }: Facts & { content: Buffer }): string {
  return `${name} ${createHash('sha256').update(content).digest('hex')}`;
}

/** Headers that do not depend on when and how the answer was sent. */
function lasting(headers: NodeJS.Dict<string | string[]>): object {
  const { date: _, connection: __, 'keep-alive': ___, ...rest } = headers;
  return rest;
}
