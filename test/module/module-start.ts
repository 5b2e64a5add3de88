import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { afterEach, beforeEach } from 'vitest';
import { inMemory } from '../databases.js';
import { ENTITIES } from '../e2e/documents.js';

/** A folder for each test, and applications that end with it. */
export interface ModuleStart {
  readonly folder: string;
  /** Folders for a configuration, below the test's own. */
  folders(name?: string): { readonly dataDir: string; readonly tmpDir: string };
  /** Starts a module, and rejects as its start does. */
  start(parts: ModuleMetadata): Promise<INestApplicationContext>;
}

/** Registers the hooks that make the folder, and end and remove all. */
export function useModuleStart(): ModuleStart {
  let folder = '';
  let started: INestApplicationContext[] = [];
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'module-start-')));
  });
  afterEach(async () => {
    for (const app of started) await app.close();
    started = [];
    await rm(folder, { recursive: true });
  });
  return {
    get folder() {
      return folder;
    },
    folders: (name = '') => ({
      dataDir: join(folder, `data${name}`),
      tmpDir: join(folder, `tmp${name}`),
    }),
    async start(parts) {
      const app = await NestFactory.createApplicationContext(
        { module: class App {}, ...parts },
        { logger: false, abortOnError: false },
      );
      started.push(app);
      return app;
    },
  };
}

/** A data source of its own, with the tests' entities. */
export function database(name?: string) {
  const options = inMemory(Object.values(ENTITIES));
  return TypeOrmModule.forRoot({
    ...options,
    ...(name !== undefined && { name }),
  });
}
