import { readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  Param,
  Post,
  Query,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  type Delivery,
  type Disposition,
  DownloadInterceptor,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';
import type { AppParts, RunningApp } from '../e2e/running-app.js';

/** Downloads in every way that a handler can ask for. */
@Controller('files')
@UseFilters(FileEncryptorExceptionFilter)
@UseInterceptors(DownloadInterceptor)
export class Downloads {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get('plain')
  plain() {
    return { plain: true };
  }

  @Get(':filename')
  async file(
    @Param('filename') filename: string,
    @Query('delivery') delivery?: Delivery,
    @Query('disposition') disposition?: Disposition,
  ) {
    const file = await this.encryption.find(filename, OWNER);
    return file.as({
      ...(delivery && { delivery }),
      ...(disposition && { disposition }),
    });
  }

  @Get(':filename/decrypted')
  async decrypted(@Param('filename') filename: string) {
    return (await this.encryption.find(filename, OWNER)).decrypt();
  }

  @Post(':filename')
  posted(@Param('filename') filename: string) {
    return this.encryption.find(filename, OWNER);
  }
}

/** The two HTTP adapters of Nest. */
export const ADAPTERS: readonly (readonly [
  name: string,
  parts: Pick<AppParts, 'adapter'>,
])[] = [
  ['Express', {}],
  ['Fastify', { adapter: () => new FastifyAdapter() }],
];

/** All deliveries. */
export const DELIVERIES: readonly Delivery[] = [
  'temp-file',
  'verify',
  'stream',
];

/** What a stored file is; a text called `a.txt` when absent. */
export interface Facts {
  readonly name?: string;
  readonly type?: string;
}

/** Stores a file, and gives its random name. */
export async function storeFile(
  { encryption }: RunningApp,
  content: Uint8Array,
  { name = 'a.txt', type = 'text/plain' }: Facts = {},
): Promise<string> {
  const source = Readable.from([Buffer.from(content)]);
  const upload = await encryption.encryptUpload(source, { name, type });
  const { filename } = await encryption.save(upload, OWNER);
  return filename;
}

/** Where a file's container lies. */
export function containerOf(running: RunningApp, filename: string): string {
  const folders = [filename.slice(0, 2), filename.slice(2, 4)];
  return join(running.dataDir, ...folders, filename);
}

/** When something was last made or removed among this process's temporary files. */
export function lastChange({ folder }: RunningApp): bigint {
  const [own = ''] = readdirSync(join(folder, 'tmp'));
  return statSync(join(folder, 'tmp', own), { bigint: true }).mtimeNs;
}

/** Flips a bit of a container; a negative position counts from its end. */
export async function damage(
  running: RunningApp,
  filename: string,
  position: number,
): Promise<void> {
  const handle = await open(containerOf(running, filename), 'r+');
  try {
    const { size } = await handle.stat();
    const at = position < 0 ? size + position : position;
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte.writeUInt8(byte.readUInt8() ^ 1);
    await handle.write(byte, 0, 1, at);
  } finally {
    await handle.close();
  }
}
