import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  DownloadLinkService,
  FileEncryptorError,
  FileEncryptorExceptionFilter,
} from 'nestjs-file-encryptor';
import type { Link } from './entities.js';
import { ErrorsFilter } from './errors.filter.js';
import { linkPage, refusalPage } from './link-pages.js';
import { refusalFor } from './link-refusals.js';

/**
 * Answers errors under a link with a page, where a person looks at it: each
 * visit, and a download that a browser's form has asked for. Programs that
 * download get the same JSON as elsewhere.
 */
@Catch()
export class SharedFileFilter implements ExceptionFilter {
  constructor(
    private readonly links: DownloadLinkService<Link>,
    private readonly libraryErrors: FileEncryptorExceptionFilter,
    private readonly otherErrors: ErrorsFilter,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    if (!response.headersSent && wantsPage(request)) {
      void this.answer(error, request, response);
    } else if (error instanceof FileEncryptorError) {
      this.libraryErrors.catch(error, host);
    } else {
      this.otherErrors.catch(error, host);
    }
  }

  private async answer(
    error: unknown,
    request: Request,
    response: Response,
  ): Promise<void> {
    const { status, page } = isAboutPassword(error)
      ? await this.askAgain(request)
      : refuse(error);
    response.status(status).send(page);
  }

  /** The form again, with what was wrong. Never rejects. */
  private async askAgain({ params, body }: Request): Promise<Answer> {
    const { password } = Object(body) as { password?: unknown };
    const problem = password
      ? 'That is not the password.'
      : 'A password is needed.';
    try {
      const link = await this.links.find(String(params['secret']));
      return { status: 403, page: linkPage(link, problem) };
    } catch (error) {
      return refuse(error);
    }
  }
}

interface Answer {
  readonly status: number;
  readonly page: string;
}

function wantsPage(request: Request): boolean {
  return (
    request.method !== 'POST' || request.accepts(['json', 'html']) === 'html'
  );
}

function isAboutPassword(error: unknown): boolean {
  return error instanceof FileEncryptorError && error.code === 'LINK_PASSWORD';
}

function refuse(error: unknown): Answer {
  const { status, ...refusal } = refusalFor(error);
  return { status, page: refusalPage(refusal) };
}
