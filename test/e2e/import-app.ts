import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FileEncryptorModule } from 'nestjs-file-encryptor';
import { ENTITIES } from './documents.js';

const folder = process.env['APP_FOLDER'] ?? '';

const database = TypeOrmModule.forRoot({
  type: 'better-sqlite3',
  database: join(folder, 'new.sqlite'),
  entities: Object.values(ENTITIES),
  synchronize: true,
});

function encryptor(name?: string): DynamicModule {
  return FileEncryptorModule.forRoot({
    globalKey: process.env['APP_KEY'] ?? '',
    dataDir: join(folder, 'data'),
    tmpDir: join(folder, 'tmp'),
    entities: ENTITIES,
    ...(name !== undefined && { name }),
  });
}

/** An application into which files are imported. */
@Module({ imports: [database, encryptor()] })
export class AppModule {}

/** The same, as a function gives it. */
export async function makeModule(): Promise<DynamicModule> {
  return { module: class Made {}, imports: [database, encryptor()] };
}

/** The same, with a configuration that has a name. */
export const named: DynamicModule = {
  module: class Named {},
  imports: [database, encryptor('archive')],
};

/** Keeps the process busy, as some applications do. */
@Module({ imports: [database, encryptor()] })
export class BusyModule {
  onApplicationBootstrap(): void {
    setInterval(() => undefined, 1000);
  }
}

/** No module at all. */
export const nothing = 7;
