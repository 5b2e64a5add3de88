import {
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import {
  DownloadInterceptor,
  DownloadLinkGuard,
  DownloadLinkService,
  type EncryptedFile,
  LinkedFile,
} from 'nestjs-file-encryptor';
import type { Link } from './entities.js';
import { linkPage } from './link-pages.js';
import { SharedFileFilter } from './shared-file.filter.js';

/**
 * Where a link leads, for anybody who has it. A visit shows a page and uses
 * nothing up: chat programs visit links before people do. The page's button
 * sends the POST that downloads.
 */
@Controller('d')
@UseGuards(DownloadLinkGuard)
@UseInterceptors(DownloadInterceptor)
@UseFilters(SharedFileFilter)
export class SharedFileController {
  constructor(private readonly links: DownloadLinkService<Link>) {}

  /** @returns the page; or the file, for a download that is resumed. */
  @Get(':secret')
  async visit(
    @Param('secret') secret: string,
    @LinkedFile() file: EncryptedFile | undefined,
  ): Promise<EncryptedFile | string> {
    return file ?? linkPage(await this.links.find(secret));
  }

  @Post(':secret')
  @HttpCode(200)
  download(@LinkedFile() file: EncryptedFile): EncryptedFile {
    return file;
  }
}
