import type { HttpAdapterHost } from '@nestjs/core';
import { FileEncryptorError } from '../core/errors.js';

/**
 * Sets the header `Retry-After` of an answer that fails, if the error knows when
 * it makes sense to come again, and the headers have not left.
 *
 * @param response - of the adapter.
 */
export function setRetryAfter(
  error: unknown,
  { httpAdapter }: Pick<HttpAdapterHost, 'httpAdapter'>,
  response: unknown,
): void {
  if (!(error instanceof FileEncryptorError)) return;
  const { retryAfter } = error;
  if (retryAfter === undefined || httpAdapter.isHeadersSent(response)) return;
  httpAdapter.setHeader(response, 'Retry-After', String(retryAfter));
}
