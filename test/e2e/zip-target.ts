import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  Module,
  type NestApplicationOptions,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  DiskStore,
  DownloadInterceptor,
  downloadZip,
  EncryptionService,
  FileEncryptorModule,
  SecretKey,
} from 'nestjs-file-encryptor';
import { Document, DocumentToken, ENTITIES, OWNER } from './documents.js';
import { manyFiles } from './many-files.js';

/** What the program tells, in one line, when it listens. */
export interface ZipServer {
  readonly port: number;
  /** Random names of the files, in the order in which they are packed. */
  readonly filenames: readonly string[];
}

const [folder = '', adapter = ''] = process.argv.slice(2);

@Controller()
class Zips {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get('zip')
  @UseInterceptors(DownloadInterceptor)
  async zip() {
    const files = await this.encryption.list(OWNER);
    return downloadZip(files.toSorted((a, b) => a.row.id - b.row.id));
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: ':memory:',
      entities: Object.values(ENTITIES),
      synchronize: true,
    }),
    FileEncryptorModule.forRoot({
      globalKey: SecretKey.random(),
      store: new DiskStore(join(folder, 'data'), { durable: false }),
      tmpDir: join(folder, 'tmp'),
      entities: ENTITIES,
    }),
  ],
  controllers: [Zips],
})
class App {}

const settings: NestApplicationOptions = { logger: ['error', 'warn'] };
const app = await (adapter === 'Fastify'
  ? NestFactory.create(App, new FastifyAdapter(), settings)
  : NestFactory.create(App, settings));
await app.listen(0, '127.0.0.1');
const service =
  app.get<EncryptionService<Document, DocumentToken>>(EncryptionService);
const filenames: string[] = [];
for (const { name, content } of manyFiles()) {
  const upload = await service.encryptUpload(Readable.from([content]), {
    name,
    type: 'application/octet-stream',
  });
  const { filename } = await service.save(upload, OWNER);
  filenames.push(filename);
}
const { port } = (
  app.getHttpServer() as { address(): { port: number } }
).address();
const started: ZipServer = { port, filenames };
process.stdout.write(`${JSON.stringify(started)}\n`);
