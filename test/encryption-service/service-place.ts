import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll } from 'vitest';
import {
  type Configuration,
  openConfiguration,
} from '../../lib/configuration.js';
import { SecretKey } from '../../lib/core/secret-key.js';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import { EncryptionService } from '../../lib/encryption.service.js';
import type { BaseFileEntity } from '../../lib/entities/base-file.entity.js';
import type { BaseTokenEntity } from '../../lib/entities/base-token.entity.js';
import type { EntityClasses } from '../../lib/entities/entity-classes.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import type { FileEncryptorOptions } from '../../lib/file-encryptor.options.js';
import type { EncryptedUpload } from '../../lib/upload/encrypted-upload.js';
import type { Entities, TestDatabase } from '../databases.js';

/** What a suite's services share. */
export interface PlaceParts<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
> {
  readonly database: TestDatabase;
  readonly tables: Entities;
  readonly entities: EntityClasses<File, Token>;
  /** Options beside those of the place, given its folder. */
  readonly options?: (folder: string) => Partial<FileEncryptorOptions>;
}

/** A service over a database and a store of one suite. */
export interface ServicePlace<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
> {
  readonly source: DataSource;
  readonly service: EncryptionService<File, Token>;
  readonly configuration: Configuration;
  readonly dataDir: string;
  readonly tmpDir: string;
  /** Another service over the same store; over the same database by default. */
  another(
    options?: Partial<FileEncryptorOptions>,
    source?: DataSource,
  ): Promise<EncryptionService<File, Token>>;
  /** Another service over the same store, without entities. */
  withoutEntities(): EncryptionService;
  /** Encrypts a text into the store. */
  upload(text: string, name?: string): Promise<EncryptedUpload>;
  /** Random names of all that the store holds, sorted. */
  stored(): Promise<string[]>;
  /** Random names of all files that have a row, sorted. */
  rows(): Promise<string[]>;
}

/** Registers the hooks that make a suite's service, and remove it after it. */
export function useService<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
>(parts: PlaceParts<File, Token>): ServicePlace<File, Token> {
  const globalKey = SecretKey.random();
  let folder = '';
  let place: Opened<File, Token> | undefined;
  const open = async (
    source: DataSource,
    options: Partial<FileEncryptorOptions> = {},
  ): Promise<Opened<File, Token>> => {
    const configuration = await openConfiguration({
      globalKey,
      store: place?.configuration.store ?? newStore(folder),
      tmpDir: join(folder, 'tmp'),
      ...options,
    });
    const rows = new EntityRows(source, parts.entities);
    const service = new EncryptionService(configuration, rows);
    return { source, configuration, service };
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'service-'));
    const source = await parts.database.connect(parts.tables);
    place = await open(source, parts.options?.(folder));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const opened = (): Opened<File, Token> => {
    if (!place) throw new Error('The service has not been made.');
    return place;
  };
  return {
    get source() {
      return opened().source;
    },
    get service() {
      return opened().service;
    },
    get configuration() {
      return opened().configuration;
    },
    get dataDir() {
      return join(folder, 'data');
    },
    get tmpDir() {
      return join(folder, 'tmp');
    },
    another: async (options, source = opened().source) =>
      (await open(source, options)).service,
    withoutEntities: () => new EncryptionService(opened().configuration),
    upload: (text, name = 'letter.txt') =>
      opened().service.encryptUpload(bytesOf(text), {
        name,
        type: 'text/plain',
      }),
    stored: async () =>
      (await filesBelow(join(folder, 'data'))).map((path) => path.slice(6)),
    rows: async () => {
      const { file } = parts.entities;
      const rows = await opened().source.getRepository(file).find();
      return rows.map(({ filename }) => filename).toSorted();
    },
  };
}

/** The content of one of an owner's files, as text. */
export async function readText(
  service: Pick<EncryptionService, 'find'>,
  filename: string,
  owner: Readonly<Record<string, unknown>>,
): Promise<string> {
  const file = await service.find(filename, owner);
  return String(await buffer(file.createReadStream()));
}

/** Nothing in it has to outlive the machine. */
function newStore(folder: string): DiskStore {
  return new DiskStore(join(folder, 'data'), { durable: false });
}

interface Opened<File extends BaseFileEntity, Token extends BaseTokenEntity> {
  readonly source: DataSource;
  readonly configuration: Configuration;
  readonly service: EncryptionService<File, Token>;
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function filesBelow(root: string): Promise<string[]> {
  const all = await readdir(root, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}
