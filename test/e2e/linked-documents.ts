import {
  Controller,
  Get,
  Param,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Entity } from 'typeorm';
import {
  BaseLinkEntity,
  DownloadInterceptor,
  DownloadLinkGuard,
  DownloadLinkService,
  type EncryptedFile,
  FileEncryptorExceptionFilter,
  LinkedFile,
} from 'nestjs-file-encryptor';
import { ENTITIES } from './documents.js';

/** The link entity of the tests' applications. */
@Entity()
export class DocumentLink extends BaseLinkEntity {}

/** All three entities, as the module's option takes them. */
export const LINKED_ENTITIES = { ...ENTITIES, link: DocumentLink } as const;

/** A page for visits, and the download that a POST confirms. */
@Controller('links/:secret')
@UseFilters(FileEncryptorExceptionFilter)
@UseGuards(DownloadLinkGuard)
@UseInterceptors(DownloadInterceptor)
export class Links {
  constructor(private readonly links: DownloadLinkService) {}

  @Get()
  page(@Param('secret') secret: string, @LinkedFile() file?: EncryptedFile) {
    return file ?? this.links.find(secret);
  }

  @Post()
  download(@LinkedFile() file: EncryptedFile | undefined) {
    return file;
  }
}
