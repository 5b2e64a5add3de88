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
} from 'nestjs-file-encryptor';
import { Document, DocumentToken, ENTITIES, OWNER } from './documents.js';
import { manyFiles } from './many-files.js';

const [folder = '', globalKey = '', adapter = '', mark = ''] =
  process.argv.slice(2);

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
      database: join(folder, 'database.sqlite'),
      entities: Object.values(ENTITIES),
      synchronize: true,
      prepareDatabase: unsynchronized,
    }),
    FileEncryptorModule.forRoot({
      globalKey,
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
for (const { name, content } of manyFiles(mark)) {
  const upload = await service.encryptUpload(Readable.from([content]), {
    name,
    type: 'application/octet-stream',
  });
  await service.save(upload, OWNER);
}
const { port } = (
  app.getHttpServer() as { address(): { port: number } }
).address();
process.stdout.write(`${JSON.stringify({ port })}\n`);

/** A thousand rows would wait for the disk a thousand times. */
function unsynchronized(database: unknown): void {
  (database as { pragma(text: string): unknown }).pragma('synchronous = OFF');
}
