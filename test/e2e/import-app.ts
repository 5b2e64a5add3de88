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

/** Is sent `APP_SIGNAL` while the first file is looked at, and does not wait. */
@Module({ imports: [database, encryptor()] })
export class SignalledModule {
  onApplicationBootstrap(): void {
    const timer = setInterval(() => {
      if (process.listenerCount('SIGINT') === 0) return;
      clearInterval(timer);
      process.kill(process.pid, process.env['APP_SIGNAL']);
    }, 1);
  }
}

/** Fails when it is closed: what a hook throws, Nest 12 only logs. */
@Module({ imports: [database, encryptor()] })
export class UnclosableModule {
  get onModuleDestroy(): never {
    throw new Error('It does not close.');
  }
}

/** Throws where nobody waits for it. */
@Module({ imports: [database, encryptor()] })
export class ThrowingModule {
  onApplicationBootstrap(): Promise<void> {
    setTimeout(() => {
      throw new Error('Lost a timer.');
    });
    return new Promise(() => undefined);
  }
}

/** No module at all. */
export const nothing = 7;
