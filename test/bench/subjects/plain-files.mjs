import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  Controller,
  Get,
  Post,
  Res,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import { diskStorage } from 'multer';
import { decorate } from './route.mjs';

/**
 * Files as they are: multer's own disk storage, and a stream of the file to the
 * response.
 *
 * @param {{ folder: string }} options
 */
export function plainFiles({ folder }) {
  /** @type {string[]} */
  const left = [];
  let prepared = '';

  class PlainFiles {
    /** @param {{ path: string, size: number }} file */
    upload({ path, size }) {
      left.push(path);
      return { size };
    }

    /** @param {import('express').Response} response */
    async download(response) {
      const { size } = await stat(prepared);
      response.setHeader('Content-Type', 'application/octet-stream');
      response.setHeader('Content-Length', size);
      await pipeline(createReadStream(prepared), response).catch(ignoreBreak);
    }
  }
  Controller('files')(PlainFiles);
  const storage = diskStorage({ destination: join(folder, 'uploads') });
  decorate(PlainFiles, 'upload', {
    method: [Post(), UseInterceptors(FileInterceptor('file', { storage }))],
    parameters: [UploadedFile()],
  });
  decorate(PlainFiles, 'download', { method: [Get()], parameters: [Res()] });

  return {
    imports: [],
    controllers: [PlainFiles],
    /** @param {string} input */
    prepare: async (input) => {
      prepared = input;
    },
    release: async () => {
      for (const path of left.splice(0)) await rm(path);
    },
  };
}

/** @param {NodeJS.ErrnoException} error */
function ignoreBreak(error) {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}
