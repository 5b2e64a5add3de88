import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  Req,
  UseGuards,
} from '@nestjs/common';
import type { Request } from 'express';
import { type DownloadLink, DownloadLinkService } from 'nestjs-file-encryptor';
import type { Link, User } from './entities.js';
import { LinkAddress } from './link-address.js';
import { CurrentUser, SessionGuard } from './session.guard.js';

/** What is no number is the id of no link. */
const parseId = new ParseIntPipe({
  exceptionFactory: () =>
    new NotFoundException('There is no such link.', {
      errorCode: 'LINK_INVALID',
    }),
});

/** The JSON of a new link, if it is as it should be: the library checks it. */
interface NewLink {
  /** Seconds. */
  readonly expiresIn: number;
  readonly maxDownloads?: number;
  readonly password?: string;
}

/** Links to the files of the one who is signed in. */
@Controller('api')
@UseGuards(SessionGuard)
export class LinksController {
  constructor(
    private readonly links: DownloadLinkService<Link>,
    private readonly address: LinkAddress,
  ) {}

  /** The only answer that has the link's secret, in its URL. */
  @Post('files/:filename/links')
  async create(
    @Param('filename') filename: string,
    @Body() body: unknown,
    @CurrentUser() user: User,
    @Req() request: Request,
  ) {
    const { expiresIn, maxDownloads, password } = Object(body) as NewLink;
    const link = await this.links.create(
      filename,
      { user },
      { expiresIn, maxDownloads, password },
    );
    return {
      id: link.id,
      url: this.address.of(link.secret, request),
      expiresAt: link.expiresAt,
      maxDownloads: link.maxDownloads,
    };
  }

  @Get('files/:filename/links')
  list(
    @Param('filename') filename: string,
    @CurrentUser() user: User,
  ): Promise<DownloadLink[]> {
    return this.links.list(filename, { user });
  }

  @Delete('links/:id')
  @HttpCode(204)
  async revoke(
    @Param('id', parseId) id: number,
    @CurrentUser() user: User,
  ): Promise<void> {
    await this.links.revoke(id, { user });
  }
}
