import {
  BadRequestException,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseEnumPipe,
  Post,
  Query,
  UploadedFiles,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  type Delivery,
  DownloadInterceptor,
  type EncryptedFile,
  EncryptedFilesInterceptor,
  type EncryptedUpload,
  EncryptionService,
} from 'nestjs-file-encryptor';
import type { DriveFile, Token, User } from './entities.js';
import { CurrentUser, SessionGuard } from './session.guard.js';

/** Reads `?delivery=`; without it the choice is the module's. */
const parseDelivery = new ParseEnumPipe(
  { 'temp-file': 'temp-file', verify: 'verify', stream: 'stream' } as const,
  {
    optional: true,
    exceptionFactory: () =>
      new BadRequestException('delivery is temp-file, verify or stream.', {
        errorCode: 'DELIVERY_INVALID',
      }),
  },
);

/** The files of the one who is signed in. */
@Controller('api/files')
@UseGuards(SessionGuard)
export class FilesController {
  constructor(
    private readonly encryption: EncryptionService<DriveFile, Token>,
  ) {}

  @Post()
  @UseInterceptors(EncryptedFilesInterceptor('file'))
  async upload(
    @UploadedFiles() uploads: EncryptedUpload[],
    @CurrentUser() user: User,
  ): Promise<EncryptedFile[]> {
    if (uploads.length === 0) {
      throw new BadRequestException('Send at least one file.', {
        errorCode: 'UPLOAD_MISSING',
      });
    }
    const files: EncryptedFile[] = [];
    for (const upload of uploads) {
      const { filename } = await this.encryption.save(upload, { user });
      files.push(await this.encryption.find(filename, { user }));
    }
    return files;
  }

  @Get()
  list(@CurrentUser() user: User): Promise<EncryptedFile[]> {
    return this.encryption.list({ user });
  }

  @Get(':filename')
  @UseInterceptors(DownloadInterceptor)
  async download(
    @Param('filename') filename: string,
    @CurrentUser() user: User,
    @Query('delivery', parseDelivery) delivery?: Delivery,
    @Query('inline') inline?: string,
  ): Promise<EncryptedFile> {
    const file = await this.encryption.find(filename, { user });
    const disposition = inline === '1' ? 'inline' : 'attachment';
    return file.as({ delivery, disposition });
  }

  @Delete(':filename')
  @HttpCode(204)
  async remove(
    @Param('filename') filename: string,
    @CurrentUser() user: User,
  ): Promise<void> {
    await this.encryption.remove(filename, { user });
  }
}
