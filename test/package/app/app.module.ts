import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { FileEncryptorModule, optionsFromEnv } from 'nestjs-file-encryptor';
import { StoredFile, Token, User } from './entities.js';
import { FilesController } from './files.controller.js';

/** An application with nothing but encrypted files. */
@Module({
  imports: [
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      database: 'app.sqlite',
      entities: [User, StoredFile, Token],
      synchronize: true,
    }),
    FileEncryptorModule.forRootAsync({
      useFactory: () => optionsFromEnv(),
      entities: { file: StoredFile, token: Token },
    }),
  ],
  controllers: [FilesController],
})
export class AppModule {}
