import { Controller, type DynamicModule, Get, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  FileEncryptorExceptionFilter,
  FileEncryptorModule,
} from 'nestjs-file-encryptor';
import { AccountController } from './account.controller.js';
import type { Configuration } from './configuration.js';
import { DriveFile, Link, Token, User } from './entities.js';
import { ErrorsFilter } from './errors.filter.js';
import { FilesController } from './files.controller.js';
import { LinkAddress } from './link-address.js';
import { LinksController } from './links.controller.js';
import { SharedFileController } from './shared-file.controller.js';
import { UsersService } from './users.service.js';
import { ZipController } from './zip.controller.js';

/** Tells whoever watches the process that it answers. */
@Controller('health')
class HealthController {
  @Get()
  check() {
    return { status: 'ok' };
  }
}

/** The private drive. */
@Module({})
export class AppModule {
  static forRoot({
    database,
    encryption,
    publicUrl,
  }: Configuration): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({ ...database, retryAttempts: 0 }),
        TypeOrmModule.forFeature([User]),
        FileEncryptorModule.forRoot({
          ...encryption,
          entities: { file: DriveFile, token: Token, link: Link },
        }),
      ],
      controllers: [
        AccountController,
        FilesController,
        ZipController,
        LinksController,
        SharedFileController,
        HealthController,
      ],
      providers: [
        UsersService,
        { provide: LinkAddress, useValue: new LinkAddress(publicUrl) },
        ErrorsFilter,
        FileEncryptorExceptionFilter,
        // The last filter is asked first.
        { provide: APP_FILTER, useExisting: ErrorsFilter },
        { provide: APP_FILTER, useExisting: FileEncryptorExceptionFilter },
      ],
    };
  }
}
