import { Controller, type DynamicModule, Get, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  FileEncryptorExceptionFilter,
  FileEncryptorModule,
} from 'nestjs-file-encryptor';
import { AccountController } from './account.controller.js';
import type { Configuration } from './configuration.js';
import { DriveFile, Token, User } from './entities.js';
import { ErrorsFilter } from './errors.filter.js';
import { FilesController } from './files.controller.js';
import { UsersService } from './users.service.js';

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
  static forRoot({ database, encryption }: Configuration): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRoot({ ...database, retryAttempts: 0 }),
        TypeOrmModule.forFeature([User]),
        FileEncryptorModule.forRoot({
          ...encryption,
          entities: { file: DriveFile, token: Token },
        }),
      ],
      controllers: [AccountController, FilesController, HealthController],
      providers: [
        UsersService,
        // The last filter is asked first.
        { provide: APP_FILTER, useClass: ErrorsFilter },
        { provide: APP_FILTER, useClass: FileEncryptorExceptionFilter },
      ],
    };
  }
}
