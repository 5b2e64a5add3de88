import type { ServerResponse } from 'node:http';
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
import { DecryptedFile } from './decrypted-file.js';
import { deliver } from './deliver.js';
import type { Disposition, DownloadOptionValues } from './delivery.js';
import { downloadHeaders } from './download-headers.js';
import { DOWNLOAD_OPTIONS } from './download-options.js';
import { EncryptedFile } from './encrypted-file.js';

/**
 * Makes a download of the file that a handler returns, an `EncryptedFile` or a
 * `DecryptedFile`; anything else passes as it is. Works on Express and Fastify.
 *
 * Headers are set when the content has been verified (with `stream`: its
 * beginning), so that an error before is an answer like any other. HEAD decrypts
 * nothing. Bind it outermost: an interceptor around it that fails answers with
 * the file's headers.
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
    // A promise, so that a file still comes here, and is given back, when an
    // interceptor outside of this one has stopped waiting for it.
    return defer(async () =>
      this.#answer(
        await lastValueFrom(next.handle(), { defaultValue: undefined }),
        context,
      ),
    );
  }

  async #answer(result: unknown, context: ExecutionContext): Promise<unknown> {
    if (result instanceof EncryptedFile) {
      return this.#answerEncrypted(result, context);
    }
    if (result instanceof DecryptedFile) {
      return this.#answerDecrypted(result, context);
    }
    return result;
  }

  async #answerEncrypted(
    file: EncryptedFile,
    context: ExecutionContext,
  ): Promise<StreamableFile | undefined> {
    const route = this.#routeOptions(context);
    const delivery = file.delivery ?? route.delivery ?? file.defaultDelivery;
    const headers = headersOf(file, file.disposition ?? route.disposition);
    if (this.#isHead(context)) return this.#send(context, headers, nothing());
    const gone = goneSignal(context);
    try {
      const bytes = await deliver(file, delivery, gone);
      return this.#send(context, headers, bytes);
    } catch (error) {
      // Nobody is there to be answered, and nothing has gone wrong.
      if (gone.aborted) return undefined;
      throw error;
    }
  }

  async #answerDecrypted(
    file: DecryptedFile,
    context: ExecutionContext,
  ): Promise<StreamableFile | undefined> {
    const headers = headersOf(file, this.#routeOptions(context).disposition);
    if (!this.#isHead(context)) {
      return this.#send(context, headers, file.createReadStream());
    }
    await file.dispose();
    return this.#send(context, headers, nothing());
  }

  /** @returns undefined if somebody has answered already, or nobody waits. */
  #send(
    context: ExecutionContext,
    headers: Readonly<Record<string, string>>,
    bytes: Readable,
  ): StreamableFile | undefined {
    const response: unknown = context.switchToHttp().getResponse();
    const raw = rawResponse(context);
    bytes.once('error', (error) => {
      logBreak(error);
      // Whatever has left is not the whole file, and must not look like it.
      raw.destroy();
    });
    // Also where the answer never leaves, as when another interceptor fails.
    raw.once('close', () => bytes.destroy());
    if (raw.closed || raw.headersSent) {
      bytes.destroy();
      return undefined;
    }
    for (const [header, value] of Object.entries(headers)) {
      this.#host.httpAdapter.setHeader(response, header, value);
    }
    // The adapters differ in what they do about a failure; it is done above.
    return new StreamableFile(bytes)
      .setErrorLogger(ignore)
      .setErrorHandler(ignore);
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

  #isHead(context: ExecutionContext): boolean {
    const request: unknown = context.switchToHttp().getRequest();
    return this.#host.httpAdapter.getRequestMethod(request) === 'HEAD';
  }
}

const logger = new Logger('FileEncryptor');

function headersOf(
  { name, type, size }: EncryptedFile | DecryptedFile,
  disposition: Disposition = 'attachment',
): Readonly<Record<string, string>> {
  return downloadHeaders({ name, type, size, disposition });
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

function nothing(): Readable {
  return Readable.from([]);
}

/** Aborted when the answer is over, by its end or by a client that went away. */
function goneSignal(context: ExecutionContext): AbortSignal {
  const response = rawResponse(context);
  const controller = new AbortController();
  if (response.destroyed) controller.abort();
  response.once('close', () => controller.abort());
  return controller.signal;
}

/** Node's own response: Express extends it, Fastify wraps it. */
function rawResponse(context: ExecutionContext): ServerResponse {
  const response = context
    .switchToHttp()
    .getResponse<ServerResponse & { readonly raw?: ServerResponse }>();
  return response.raw ?? response;
}
