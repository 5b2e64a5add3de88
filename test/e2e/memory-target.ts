import { join } from 'node:path';
import {
  Controller,
  Get,
  Module,
  Param,
  Post,
  Query,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  type Delivery,
  DiskStore,
  DownloadInterceptor,
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
  FileEncryptorModule,
} from 'nestjs-file-encryptor';
import type { ObjectReader } from 'nestjs-file-encryptor/core';
import { type Document, type DocumentToken, OWNER } from './documents.js';
import { LINKED_ENTITIES } from './linked-documents.js';

const [folder = '', globalKey = ''] = process.argv.slice(2);

/** Tells how much has been read of containers. */
class ReadingStore extends DiskStore {
  readBytes = 0;

  override async read(key: string): Promise<ObjectReader> {
    const reader = await super.read(key);
    return {
      size: reader.size,
      read: async (into, position) => {
        const count = await reader.read(into, position);
        this.readBytes += count;
        return count;
      },
      close: () => reader.close(),
    };
  }
}

const store = new ReadingStore(join(folder, 'data'));

@Controller()
@UseInterceptors(DownloadInterceptor)
class Files {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Get('read-bytes')
  readBytes() {
    return { readBytes: store.readBytes };
  }

  @Post('files')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async upload(@UploadedFile() upload: EncryptedUpload) {
    const { filename } = await this.encryption.save(upload, OWNER);
    return { filename };
  }

  @Get('files/:filename')
  async download(
    @Param('filename') filename: string,
    @Query('delivery') delivery: Delivery,
  ) {
    const file = await this.encryption.find(filename, OWNER);
    return file.as({ delivery });
  }

  @Post('files/:filename/removal')
  async remove(@Param('filename') filename: string) {
    await this.encryption.remove(filename, OWNER);
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: join(folder, 'database.sqlite'),
      entities: Object.values(LINKED_ENTITIES),
      synchronize: true,
    }),
    FileEncryptorModule.forRoot({
      globalKey,
      store,
      tmpDir: join(folder, 'tmp'),
      entities: LINKED_ENTITIES,
    }),
  ],
  controllers: [Files],
})
class App {}

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
const { port } = (
  app.getHttpServer() as { address(): { port: number } }
).address();
process.stdout.write(`${JSON.stringify({ port })}\n`);
