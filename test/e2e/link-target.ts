import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { FileEncryptorModule } from 'nestjs-file-encryptor';
import { LINKED_ENTITIES, Links } from './linked-documents.js';

/** What the program is started with, as JSON. */
export interface LinkTarget {
  /** Without entities; its tables are there. */
  readonly database: DataSourceOptions;
  readonly globalKey: string;
  readonly dataDir: string;
  readonly tmpDir: string;
}

const [argument = ''] = process.argv.slice(2);
const { database, ...options } = JSON.parse(argument) as LinkTarget;

@Module({
  imports: [
    TypeOrmModule.forRoot({
      ...database,
      entities: Object.values(LINKED_ENTITIES),
    }),
    FileEncryptorModule.forRoot({ ...options, entities: LINKED_ENTITIES }),
  ],
  controllers: [Links],
})
class App {}

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
// The port, in one line, when it listens.
const { port } = (
  app.getHttpServer() as { address(): { port: number } }
).address();
process.stdout.write(`${port}\n`);
