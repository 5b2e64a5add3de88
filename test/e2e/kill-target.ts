import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  Module,
  Param,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  DownloadInterceptor,
  EncryptionService,
  FileEncryptorModule,
  SecretKey,
} from 'nestjs-file-encryptor';
import { Document, DocumentToken, ENTITIES, OWNER } from './documents.js';

/** What the program tells, in one line, when it listens. */
export interface Started {
  readonly port: number;
  readonly filename: string;
}

/** Large enough that a client which does not read stops the server. */
const CONTENT = randomBytes(24 * 1024 * 1024);

const [folder = ''] = process.argv.slice(2);

@Controller()
class Downloads {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get('anonymous/:filename')
  @UseInterceptors(DownloadInterceptor)
  anonymous(@Param('filename') filename: string) {
    return this.encryption.find(filename, OWNER);
  }

  @Get('named/:filename')
  @UseInterceptors(DownloadInterceptor)
  async named(@Param('filename') filename: string) {
    return (await this.encryption.find(filename, OWNER)).decrypt();
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
      dataDir: join(folder, 'data'),
      tmpDir: join(folder, 'tmp'),
      entities: ENTITIES,
    }),
  ],
  controllers: [Downloads],
})
class App {}

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
const service =
  app.get<EncryptionService<Document, DocumentToken>>(EncryptionService);
const upload = await service.encryptUpload(Readable.from([CONTENT]), {
  name: 'a.pdf',
  type: 'application/pdf',
});
const { filename } = await service.save(upload, OWNER);
const { port } = (
  app.getHttpServer() as { address(): { port: number } }
).address();
const started: Started = { port, filename };
process.stdout.write(`${JSON.stringify(started)}\n`);
