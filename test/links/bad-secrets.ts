import {
  Controller,
  Get,
  Post,
  Query,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import {
  DownloadLinkGuard,
  DownloadLinkService,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';

/** Secrets from where an application may have them; no route parameter. */
@Controller('queried')
@UseFilters(FileEncryptorExceptionFilter)
export class Queried {
  constructor(private readonly links: DownloadLinkService) {}

  @Get()
  page(@Query('t') secret: string) {
    return this.links.find(secret);
  }

  @Post()
  download(@Query('t') secret: string) {
    return this.links.redeem(secret);
  }
}

/** A parameter of several segments: an array on Express. */
@Controller('wild/*secret')
@UseFilters(FileEncryptorExceptionFilter)
@UseGuards(DownloadLinkGuard)
export class Wild {
  @Get()
  page() {
    return 'a page';
  }

  @Post()
  download() {
    return 'a download';
  }
}

/** Where a bad secret is sent, made of a good one. */
type BadPath = readonly [name: string, path: (good: string) => string];

/** Paths of {@link Queried} with secrets that are none. */
export const QUERIES: readonly BadPath[] = [
  ['nothing', () => 'queried?t='],
  ['no parameter', () => 'queried'],
  ['two values', (good) => `queried?t=${good}&t=${good}`],
  ['an object', (good) => `queried?t[toString]=${good}`],
  ['10 KB', () => `queried?t=${'A'.repeat(10_000)}`],
  ['one letter', () => 'queried?t=x'],
];

/** Paths that Express alone lets through to a guard. */
export const EXPRESS_PATHS: readonly BadPath[] = [
  ['10 KB', () => `links/${'A'.repeat(10_000)}`],
  ['two segments', (good) => `wild/${good}/${good}`],
];

/** Paths with secrets that are none. */
export const PATHS: readonly BadPath[] = [
  ['one letter', () => 'links/x'],
  ['43 letters €', () => `links/${encodeURIComponent('€'.repeat(43))}`],
  ['43 zero bytes', () => `links/${'%00'.repeat(43)}`],
  ['one letter too few', (good) => `links/${good.slice(1)}`],
  ['one letter too many', (good) => `links/${good}A`],
  ['the padding of base64', (good) => `links/${good}=`],
  ['a new line behind it', (good) => `links/${good}%0A`],
  ['a space before it', (good) => `links/%20${good}`],
  ['other unused bits in the last letter', (good) => `links/${twin(good)}`],
  ['a SQL text', () => `links/${encodeURIComponent("' OR 1=1 --")}`],
];

/** The secret with another first letter: well formed, and unknown. */
export function changed(secret: string): string {
  return `${secret.startsWith('A') ? 'B' : 'A'}${secret.slice(1)}`;
}

/** Another text that a lenient decoder takes for the same 32 bytes. */
function twin(secret: string): string {
  const bytes = Buffer.from(secret, 'base64url');
  const letters =
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const found = Array.from(letters)
    .map((letter) => secret.slice(0, -1) + letter)
    .find(
      (text) => text !== secret && Buffer.from(text, 'base64url').equals(bytes),
    );
  if (found === undefined) throw new Error('There is no such text.');
  return found;
}
