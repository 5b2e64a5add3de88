import {
  Controller,
  Get,
  Post,
  Query,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import {
  DownloadInterceptor,
  EncryptedFileInterceptor,
  EncryptionService,
} from 'nestjs-file-encryptor';
import { fileChunks } from './file-chunks.mjs';
import { decorate } from './route.mjs';
import { diskStore, encryptorModule, OWNER } from './service.mjs';

/**
 * The same routes with this library. Rows are kept in memory, since both sides
 * are to be compared without a database.
 *
 * @param {import('./service.mjs').Place} place
 */
export function encryptedFiles(place) {
  const store = diskStore(place);
  /** @type {string[]} */
  const left = [];
  /** @type {any} */
  let prepared;

  class EncryptedFiles {
    /** @param {EncryptionService} service */
    constructor(service) {
      this.service = service;
    }

    /** @param {import('nestjs-file-encryptor').EncryptedUpload} upload */
    async upload(upload) {
      const token = await this.service.createToken(OWNER);
      const row = await this.service.attach(upload, token, OWNER);
      left.push(keyOf(row));
      return { size: row.size };
    }

    /** @param {import('nestjs-file-encryptor').Delivery} delivery */
    async download(delivery) {
      const { row, token } = prepared;
      const file = await this.service.open(row, token, OWNER);
      return file.as({ delivery });
    }
  }
  Controller('files')(EncryptedFiles);
  Reflect.defineMetadata(
    'design:paramtypes',
    [EncryptionService],
    EncryptedFiles,
  );
  decorate(EncryptedFiles, 'upload', {
    method: [Post(), UseInterceptors(EncryptedFileInterceptor('file'))],
    parameters: [UploadedFile()],
  });
  decorate(EncryptedFiles, 'download', {
    method: [Get(), UseInterceptors(DownloadInterceptor)],
    parameters: [Query('delivery')],
  });

  return {
    imports: [encryptorModule(place, store)],
    controllers: [EncryptedFiles],
    /**
     * @param {string} input
     * @param {import('@nestjs/common').INestApplication} app
     */
    prepare: async (input, app) => {
      if (prepared?.input === input) return;
      if (prepared) await store.remove(keyOf(prepared.row));
      const service = app.get(EncryptionService);
      const token = await service.createToken(OWNER);
      const chunks = fileChunks(input, Buffer.allocUnsafe(1024 * 1024));
      const facts = { name: 'report.pdf' };
      const upload = await service.encryptUpload(chunks, facts);
      const row = await service.attach(upload, token, OWNER);
      prepared = { input, row, token };
    },
    release: async () => {
      for (const key of left.splice(0)) await store.remove(key);
    },
  };
}

/** @param {{ path: string, filename: string }} row */
function keyOf({ path, filename }) {
  return `${path}/${filename}`;
}
