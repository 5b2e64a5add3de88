import {
  Controller,
  Post,
  UploadedFile,
  UploadedFiles,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import {
  EncryptedAnyFilesInterceptor,
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import { type Document, type DocumentToken, OWNER } from '../e2e/documents.js';

/** Saves what it gets, and answers with the files' descriptions. */
@Controller()
@UseFilters(FileEncryptorExceptionFilter)
export class KeptUploads {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
  ) {}

  @Post('one')
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async one(@UploadedFile() upload: EncryptedUpload) {
    const { filename } = await this.encryption.save(upload, OWNER);
    return this.encryption.find(filename, OWNER);
  }

  @Post('any')
  @UseInterceptors(EncryptedAnyFilesInterceptor())
  async any(@UploadedFiles() uploads: EncryptedUpload[]) {
    for (const upload of uploads) await this.encryption.save(upload, OWNER);
    return this.encryption.list(OWNER);
  }
}
