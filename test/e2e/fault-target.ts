import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FileEncryptorModule, SecretKey } from 'nestjs-file-encryptor';
import { ENTITIES } from './documents.js';
import { FaultRoutes } from './fault-routes.js';

const [folder = ''] = process.argv.slice(2);

@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: join(folder, 'db.sqlite'),
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
  controllers: [FaultRoutes],
})
class App {}

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
const server: Server = app.getHttpServer();
// No connection stays behind a request: its descriptors are counted.
server.maxRequestsPerSocket = 1;
const { port } = server.address() as AddressInfo;
process.stdout.write(`${JSON.stringify({ port })}\n`);
