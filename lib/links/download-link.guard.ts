import type { IncomingHttpHeaders } from 'node:http';
import {
  type CanActivate,
  type ExecutionContext,
  Injectable,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { setRetryAfter } from '../download/retry-after.js';
import {
  DownloadLinkService,
  type LinkRequest,
} from './download-link.service.js';
import { keepLinkedFile } from './linked-file.js';

/**
 * Lets through who has a link's secret, the route's parameter `secret`. The
 * handler gets the file as `@LinkedFile()`:
 *
 * ```ts
 * @Get(':secret') @UseGuards(DownloadLinkGuard) @UseInterceptors(DownloadInterceptor)
 * visit(@Param('secret') secret: string, @LinkedFile() file: EncryptedFile | undefined) {
 *   return file ?? this.links.find(secret);
 * }
 *
 * @Post(':secret') @HttpCode(200) @UseGuards(DownloadLinkGuard) @UseInterceptors(DownloadInterceptor)
 * download(@LinkedFile() file: EncryptedFile) {
 *   return file;
 * }
 * ```
 *
 * A POST redeems the link, with `password` of the parsed body. A GET with a range
 * and the link's cookie resumes a download. Everything else is a visit, by a
 * person, a mail scanner, a chat: it takes nothing, and the handler gets
 * undefined, to show a page. Works on Express and Fastify, and need not be
 * provided. For a configuration with a name, extend it:
 * `constructor(@InjectDownloadLinks('archive') links: DownloadLinkService, host: HttpAdapterHost) { super(links, host); }`.
 */
@Injectable()
export class DownloadLinkGuard implements CanActivate {
  readonly #links: DownloadLinkService;
  readonly #host: HttpAdapterHost;

  constructor(links: DownloadLinkService, host: HttpAdapterHost) {
    this.#links = links;
    this.#host = host;
  }

  /** @throws LinkError of any code but `LINK_OPTIONS`. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    this.#setHeaders(context);
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const { httpAdapter } = this.#host;
    const method: unknown = httpAdapter.getRequestMethod(request);
    const secret = request.params?.['secret'];
    const asked = linkRequest(request, method);
    try {
      keepLinkedFile(request, await this.#links.answer(secret, asked));
    } catch (error) {
      const response: unknown = context.switchToHttp().getResponse();
      setRetryAfter(error, this.#host, response);
      throw error;
    }
    return true;
  }

  /** For every answer, refusals too: its URL is all that is needed to download. */
  #setHeaders(context: ExecutionContext): void {
    const response: unknown = context.switchToHttp().getResponse();
    const { httpAdapter } = this.#host;
    httpAdapter.setHeader(response, 'Referrer-Policy', 'no-referrer');
    httpAdapter.setHeader(response, 'Cache-Control', 'private, no-store');
  }
}

/** What Express and Fastify have in common. */
interface HttpRequest {
  readonly headers: IncomingHttpHeaders;
  readonly protocol: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

function linkRequest(
  { headers, protocol, body }: HttpRequest,
  method: unknown,
): LinkRequest {
  const { password } = Object(body) as Readonly<Record<string, unknown>>;
  return {
    isVisit: method !== 'POST',
    hasRange: method === 'GET' && headers.range !== undefined,
    cookies: headers.cookie,
    password: typeof password === 'string' ? password : undefined,
    secure: protocol === 'https',
  };
}
