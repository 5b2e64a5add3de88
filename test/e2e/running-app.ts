import { readdir } from 'node:fs/promises';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import type {
  DynamicModule,
  INestApplication,
  ModuleMetadata,
} from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import {
  EncryptionService,
  type EntityClasses,
  type FileEncryptorExtras,
  FileEncryptorModule,
  type FileEncryptorOptions,
  SecretKey,
} from 'nestjs-file-encryptor';
import { inMemory } from '../databases.js';
import { openDescriptors } from './descriptors.js';
import { type Document, DocumentToken, ENTITIES } from './documents.js';
import { LogCapture } from './log-capture.js';

/** What a test's application is made of. */
export interface AppParts extends Pick<
  ModuleMetadata,
  'controllers' | 'providers' | 'imports'
> {
  /** Options of the module beside keys and folders. */
  readonly options?: Partial<FileEncryptorOptions> &
    Pick<FileEncryptorExtras, 'flask'>;
  /** Express when absent. */
  readonly adapter?: () => AbstractHttpAdapter;
  /** {@link ENTITIES} when absent. */
  readonly entities?: EntityClasses;
  /** Options of the data source; a database in memory when absent. */
  readonly database?: () => Promise<DataSourceOptions>;
}

/** An application that listens on the loopback, with a log that is kept. */
export interface RunningApp {
  readonly url: string;
  readonly port: number;
  readonly log: LogCapture;
  readonly encryption: EncryptionService<Document, DocumentToken>;
  readonly app: INestApplication;
  /** The folder of everything below. */
  readonly folder: string;
  readonly dataDir: string;
  /** Paths of files below the store's folder, sorted. */
  containers(): Promise<string[]>;
  /** Paths of files below the folder for temporary files. */
  temporaryFiles(): Promise<string[]>;
  /** Descriptors of this process into the folder, to removed files too. */
  descriptors(): number;
}

/** Registers the hooks that start an application for a suite, and end it. */
export function useRunningApp(parts: AppParts): RunningApp {
  let folder = '';
  let app: INestApplication | undefined;
  let port = 0;
  const log = new LogCapture();
  const started = (): INestApplication => {
    if (!app) throw new Error('The application has not been started.');
    return app;
  };
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'running-app-')));
    app = await createApp(parts, { folder, log });
    await app.listen(0, '127.0.0.1');
    port = (app.getHttpServer() as Server).address().port;
  });
  afterAll(async () => {
    await app?.close();
    await rm(folder, { recursive: true });
  });
  return {
    log,
    get app() {
      return started();
    },
    get encryption() {
      return started().get<EncryptionService<Document, DocumentToken>>(
        EncryptionService,
      );
    },
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    get folder() {
      return folder;
    },
    get dataDir() {
      return join(folder, 'data');
    },
    containers: () => filesBelow(join(folder, 'data')),
    temporaryFiles: () => filesBelow(join(folder, 'tmp')),
    descriptors: () => openDescriptors(folder),
  };
}

interface Server {
  address(): { readonly port: number };
}

/** Makes an application over the folders of a suite; it does not listen yet. */
export async function createApp(
  parts: AppParts,
  { folder, log }: Pick<RunningApp, 'folder' | 'log'>,
): Promise<INestApplication> {
  const { controllers, providers, imports, options, adapter } = parts;
  const { entities = ENTITIES, database } = parts;
  const source = await (database?.() ?? inMemory(Object.values(entities)));
  const root: DynamicModule = {
    module: class App {},
    imports: [
      TypeOrmModule.forRoot(source),
      FileEncryptorModule.forRoot({
        globalKey: SecretKey.random(),
        dataDir: join(folder, 'data'),
        tmpDir: join(folder, 'tmp'),
        entities,
        ...options,
      }),
      ...(imports ?? []),
    ],
    controllers: controllers ?? [],
    providers: providers ?? [],
  };
  const settings = {
    logger: log,
    abortOnError: false,
    // A failed test may leave a connection that never ends.
    forceCloseConnections: true,
  };
  return adapter
    ? NestFactory.create(root, adapter(), settings)
    : NestFactory.create(root, settings);
}

/** Paths of all files below a folder, relative to it, sorted. */
export async function filesBelow(root: string): Promise<string[]> {
  const all = await readdir(root, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}
