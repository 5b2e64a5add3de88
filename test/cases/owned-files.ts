import {
  Controller,
  Get,
  Param,
  ParseIntPipe,
  Post,
  UploadedFile,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import {
  DownloadInterceptor,
  DownloadLinkService,
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import type { Document, DocumentToken } from '../e2e/documents.js';

/** All that an owner does, by the owner's number in the path. */
@Controller('of/:userId')
@UseFilters(FileEncryptorExceptionFilter)
@UseInterceptors(DownloadInterceptor)
export class OwnedFiles {
  constructor(
    private readonly encryption: EncryptionService<Document, DocumentToken>,
    private readonly links: DownloadLinkService,
  ) {}

  @Get()
  list(@Param('userId', ParseIntPipe) userId: number) {
    return this.encryption.list({ userId });
  }

  @Post()
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async upload(
    @Param('userId', ParseIntPipe) userId: number,
    @UploadedFile() upload: EncryptedUpload,
  ) {
    const { filename } = await this.encryption.save(upload, { userId });
    return { filename };
  }

  @Get(':filename')
  download(
    @Param('userId', ParseIntPipe) userId: number,
    @Param('filename') filename: string,
  ) {
    return this.encryption.find(filename, { userId });
  }

  @Post(':filename/links')
  async link(
    @Param('userId', ParseIntPipe) userId: number,
    @Param('filename') filename: string,
  ) {
    const options = { expiresIn: 3600, maxDownloads: 1 };
    const { secret } = await this.links.create(filename, { userId }, options);
    return { secret };
  }
}
