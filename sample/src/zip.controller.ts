import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import {
  DownloadInterceptor,
  downloadZip,
  EncryptionService,
  type ZipDownload,
} from 'nestjs-file-encryptor';
import type { DriveFile, Token, User } from './entities.js';
import { CurrentUser, SessionGuard } from './session.guard.js';

/** All files of the one who is signed in, as one. */
@Controller('api/files.zip')
@UseGuards(SessionGuard)
export class ZipController {
  constructor(
    private readonly encryption: EncryptionService<DriveFile, Token>,
  ) {}

  @Get()
  @UseInterceptors(DownloadInterceptor)
  async download(@CurrentUser() user: User): Promise<ZipDownload> {
    return downloadZip(await this.encryption.list({ user }));
  }
}
