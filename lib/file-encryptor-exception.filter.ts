import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { types } from 'node:util';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type ErrorCode, FileEncryptorError } from './core/errors.js';
import { breakOff } from './download/answer-end.js';
import { setRetryAfter } from './download/retry-after.js';

/**
 * Answers the errors of this package as `{ statusCode, code, message }`. The
 * application binds it, by class: `{ provide: APP_FILTER, useClass: … }`.
 *
 * What is the server's fault looks the same whatever it is: a client learns a
 * reference, under which the log has the error. Only that there is no room is told
 * apart, as 507 or 503: now, so that a client can try again later, or ever.
 */
@Catch(FileEncryptorError)
export class FileEncryptorExceptionFilter implements ExceptionFilter<FileEncryptorError> {
  readonly #host: HttpAdapterHost;
  readonly #logger = new Logger('FileEncryptor');

  constructor(host: HttpAdapterHost) {
    this.#host = host;
  }

  catch(error: FileEncryptorError, host: ArgumentsHost): void {
    const { httpAdapter } = this.#host;
    const response = host.switchToHttp().getResponse<HttpResponse>();
    const body = error.expose ? exposed(error) : this.#hidden(error);
    if (httpAdapter.isHeadersSent(response)) {
      // Half an answer must not look like a whole one.
      breakOff(response.raw ?? response);
      return;
    }
    // What the route says of its files may be kept, its errors may not.
    httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    setRetryAfter(error, this.#host, response);
    httpAdapter.reply(response, body, body.statusCode);
  }

  #hidden(error: FileEncryptorError): ErrorBody {
    const reference = randomUUID();
    this.#logger.error(
      `${error.code} (reference ${reference}): ${error.message}`,
      stackOf(error),
    );
    const noRoom = NO_ROOM[error.code];
    return {
      statusCode: error.status,
      code: noRoom === undefined ? 'INTERNAL_ERROR' : error.code,
      message: `${noRoom ?? 'Something went wrong on the server.'} Reference: ${reference}`,
    };
  }
}

const NOW = 'The server has no room for this now.';

/** What a client is told, by the code. */
const NO_ROOM: Readonly<Partial<Record<ErrorCode, string>>> = {
  STORE_FULL: NOW,
  TEMPORARY_SPACE: NOW,
  TEMPORARY_LIMIT: 'This is larger than the server has room for.',
};

/** Node's own response: Express extends it, Fastify wraps it. */
type HttpResponse = ServerResponse & { readonly raw?: ServerResponse };

/** The JSON of an answer. */
interface ErrorBody {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
}

function exposed({ status, code, message }: FileEncryptorError): ErrorBody {
  return { statusCode: status, code, message };
}

/** The stacks of an error, of its cause, and of what these collect. */
function stackOf(error: Error): string {
  const collected: unknown[] =
    error instanceof AggregateError ? error.errors : [];
  const causes = [error.cause, ...collected].filter((cause) =>
    types.isNativeError(cause),
  );
  return [error.stack ?? String(error), ...causes.map(stackOf)].join(
    '\nCaused by: ',
  );
}
