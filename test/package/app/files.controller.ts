import {
  Controller,
  Get,
  Headers,
  Param,
  Post,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import {
  DownloadInterceptor,
  EncryptedFileInterceptor,
  EncryptedUpload,
  EncryptionService,
} from 'nestjs-file-encryptor';
import { StoredFile, Token } from './entities.js';

/** Uploads and downloads; the header `user` says for whom. */
@Controller('files')
export class FilesController {
  constructor(
    private readonly encryption: EncryptionService<StoredFile, Token>,
  ) {}

  @Post()
  @UseInterceptors(EncryptedFileInterceptor('file'))
  async upload(
    @UploadedFile() upload: EncryptedUpload,
    @Headers('user') user: string,
  ) {
    const { filename } = await this.encryption.save(upload, { user });
    return { filename };
  }

  @Get(':filename')
  @UseInterceptors(DownloadInterceptor)
  download(@Param('filename') filename: string, @Headers('user') user: string) {
    return this.encryption.find(filename, { user });
  }
}
