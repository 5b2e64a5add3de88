import { NestFactory } from '@nestjs/core';
import {
  DiskStore,
  EncryptionService,
  FileEncryptorModule,
} from 'nestjs-file-encryptor';
import { join } from 'node:path';

/** Whose files they are. */
export const OWNER = { user: 1 };

/**
 * Where our side keeps what it writes.
 *
 * @typedef {object} Place
 * @property {string} folder - Made if it is missing.
 * @property {string} globalKey - 64 hexadecimal digits.
 */

/** @param {Place} place */
export function diskStore({ folder }) {
  return new DiskStore(join(folder, 'data'), { durable: false });
}

/**
 * The module, for an application's imports.
 *
 * @param {Place} place
 * @param {import('nestjs-file-encryptor').ObjectStore} [store]
 */
export function encryptorModule(place, store = diskStore(place)) {
  return FileEncryptorModule.forRoot({
    globalKey: place.globalKey,
    tmpDir: join(place.folder, 'tmp'),
    store,
  });
}

/**
 * The service of an application without a server and without a database.
 *
 * @param {Place} place
 * @param {import('nestjs-file-encryptor').ObjectStore} [store]
 * @returns {Promise<EncryptionService>}
 */
export async function openService(place, store) {
  const root = {
    module: class App {},
    imports: [encryptorModule(place, store)],
  };
  const app = await NestFactory.createApplicationContext(root, {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  return app.get(EncryptionService);
}
