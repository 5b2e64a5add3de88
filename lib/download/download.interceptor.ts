import type {
  IncomingHttpHeaders,
  OutgoingHttpHeader,
  ServerResponse,
} from 'node:http';
import { Readable } from 'node:stream';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { type AdmittedBytes, openAdmitted } from './admit.js';
import { breakOff, onceOver, overSignal } from './answer-end.js';
import { type AnswerPlan, planAnswer } from './answer-plan.js';
import { cacheControl } from './cache-control.js';
import type { DownloadRequest } from './conditions.js';
import type { DownloadOptionValues } from './delivery.js';
import { type Download, downloadOf } from './download.js';
import { SAFETY_HEADERS } from './download-headers.js';
import { DOWNLOAD_OPTIONS } from './download-options.js';
import { endIfIdle } from './idle-client.js';
import { setRetryAfter } from './retry-after.js';

type ContentPlan = Extract<AnswerPlan, { readonly kind: 'content' }>;

/**
 * Makes a download of the file that a handler returns, an `EncryptedFile` or a
 * `DecryptedFile`; anything else passes as it is. Works on Express and Fastify.
 *
 * It answers conditional requests and ranges. HEAD, 304, 412 and 416 decrypt
 * nothing. Headers are set when the content has been verified (with `stream`:
 * its beginning), so that an error before is an answer like any other. Bind it
 * outermost: an interceptor around it that fails answers with the file's headers.
 */
@Injectable()
export class DownloadInterceptor implements NestInterceptor {
  readonly #reflector: Reflector;
  readonly #host: HttpAdapterHost;

  constructor(reflector: Reflector, host: HttpAdapterHost) {
    this.#reflector = reflector;
    this.#host = host;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!isAnsweredOnce(context)) return next.handle();
    // A promise, so that a file still comes here, and is given back, when an
    // interceptor outside of this one has stopped waiting for it.
    return defer(async () => {
      try {
        return await this.#answer(
          await lastValueFrom(next.handle(), { defaultValue: undefined }),
          context,
        );
      } catch (error) {
        setRetryAfter(error, this.#host, responseOf(context));
        throw error;
      }
    });
  }

  async #answer(result: unknown, context: ExecutionContext): Promise<unknown> {
    const download = downloadOf(result, this.#routeOptions(context));
    if (!download) return result;
    const { size, validators } = download;
    const plan = planAnswer(this.#request(context), size, validators);
    return plan.kind === 'content'
      ? this.#sendContent(download, plan, context)
      : this.#sendHeaders(download, plan, context);
  }

  /** HEAD, and what a condition or a range is answered with. */
  async #sendHeaders(
    download: Download,
    plan: Exclude<AnswerPlan, ContentPlan>,
    context: ExecutionContext,
  ): Promise<StreamableFile | undefined> {
    await download.discard();
    const raw = rawResponse(context);
    if (raw.closed || raw.headersSent) return undefined;
    const isHead = plan.kind === 'head';
    this.#setHeaders(context, {
      ...(isHead ? download.headers : SAFETY_HEADERS),
      ...plan.headers,
    });
    if (plan.kind === 'refused') {
      this.#forbidKeeping(context);
      throw plan.error;
    }
    if (isHead) return streamable(Readable.from([]));
    this.#setStatus(context, 304);
    return new NoContent(Readable.from([]));
  }

  async #sendContent(
    download: Download,
    { status, headers, range }: ContentPlan,
    context: ExecutionContext,
  ): Promise<StreamableFile | undefined> {
    const over = overSignal(rawResponse(context));
    try {
      over.throwIfAborted();
      const admitted = await openAdmitted(
        download.admission,
        range.end - range.start,
        {
          open: () => download.open({ range, signal: over }),
          over: aborted(over),
        },
      );
      if (!guard(admitted, context)) return undefined;
      endIfIdle(rawResponse(context), download.idleTimeout);
      if (admitted.cookie !== undefined) {
        this.#appendCookie(context, admitted.cookie);
      }
      this.#setHeaders(context, { ...download.headers, ...headers });
      this.#setStatus(context, status);
      return streamable(admitted.bytes);
    } catch (error) {
      await download.discard();
      // Nobody is there to be answered, and nothing has gone wrong.
      if (over.aborted) return undefined;
      throw error;
    }
  }

  #setHeaders(
    context: ExecutionContext,
    headers: Readonly<Record<string, string>>,
  ): void {
    const { httpAdapter } = this.#host;
    const response = responseOf(context);
    const wanted = httpAdapter.getHeader(response, 'Cache-Control') as
      OutgoingHttpHeader | undefined;
    const all = { ...headers, 'Cache-Control': cacheControl(wanted) };
    for (const [header, value] of Object.entries(all)) {
      httpAdapter.setHeader(response, header, value);
    }
  }

  /** What may be kept of a file is not what may be kept of an error. */
  #forbidKeeping(context: ExecutionContext): void {
    this.#host.httpAdapter.setHeader(
      responseOf(context),
      'Cache-Control',
      cacheControl(undefined),
    );
  }

  #appendCookie(context: ExecutionContext, cookie: string): void {
    this.#host.httpAdapter.appendHeader(
      responseOf(context),
      'Set-Cookie',
      cookie,
    );
  }

  /** @param status - undefined leaves the handler's. */
  #setStatus(context: ExecutionContext, status: number | undefined): void {
    if (status === undefined) return;
    this.#host.httpAdapter.status(responseOf(context), status);
  }

  #routeOptions(context: ExecutionContext): DownloadOptionValues {
    return {
      ...this.#reflector.get<DownloadOptionValues | undefined>(
        DOWNLOAD_OPTIONS,
        context.getClass(),
      ),
      ...this.#reflector.get<DownloadOptionValues | undefined>(
        DOWNLOAD_OPTIONS,
        context.getHandler(),
      ),
    };
  }

  #request(context: ExecutionContext): DownloadRequest {
    const request = context
      .switchToHttp()
      .getRequest<{ readonly headers: IncomingHttpHeaders }>();
    return {
      method: this.#host.httpAdapter.getRequestMethod(request) as string,
      headers: request.headers,
    };
  }
}

const logger = new Logger('FileEncryptor');

/** Nest's own mark of a handler with `@Sse()`. */
const SSE = '__sse__';

/** Not of events, nor of messages: of these each value counts, not the last. */
function isAnsweredOnce(context: ExecutionContext): boolean {
  const isOfEvents = Reflect.hasMetadata(SSE, context.getHandler());
  return context.getType() === 'http' && !isOfEvents;
}

/**
 * Ties the bytes of an answer to its end.
 *
 * @returns false if nothing is sent: somebody has answered already, or nobody
 * waits; the bytes are destroyed then.
 */
function guard({ bytes }: AdmittedBytes, context: ExecutionContext): boolean {
  const raw = rawResponse(context);
  bytes.once('error', (error) => {
    logBreak(error);
    // Whatever has left is not the whole file, and must not look like it.
    breakOff(raw);
  });
  // Also where the answer never leaves, as when another interceptor fails.
  onceOver(raw, () => bytes.destroy());
  if (!overSignal(raw).aborted && !raw.headersSent) return true;
  bytes.destroy();
  return false;
}

/** The adapters differ in what they do about a failure; `guard` has done it. */
function streamable(bytes: Readable): StreamableFile {
  return new StreamableFile(bytes)
    .setErrorLogger(ignore)
    .setErrorHandler(ignore);
}

/**
 * An answer that describes no content. Of nothing at all, Fastify would tell a
 * HEAD the length, 0, which is not that of the file.
 */
class NoContent extends StreamableFile {
  override getHeaders(): ReturnType<StreamableFile['getHeaders']> {
    // The adapters set those that are there.
    return {} as ReturnType<StreamableFile['getHeaders']>;
  }
}

/** A client that goes away is no fault, and says nothing in the log. */
function logBreak(error: Error & { readonly code?: string }): void {
  if (
    error.code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    error.name === 'AbortError'
  ) {
    return;
  }
  logger.error(`A download broke off: ${error.message}`, error.stack);
}

function ignore(): void {
  return undefined;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function responseOf(context: ExecutionContext): unknown {
  return context.switchToHttp().getResponse();
}

/** Node's own response: Express extends it, Fastify wraps it. */
function rawResponse(context: ExecutionContext): ServerResponse {
  const response = context
    .switchToHttp()
    .getResponse<ServerResponse & { readonly raw?: ServerResponse }>();
  return response.raw ?? response;
}
