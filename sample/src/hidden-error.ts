import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';

const logger = new Logger('Drive');

/**
 * Puts an error of the server's own into the log, and makes of it what a client
 * may know: a reference, under which the log has the error.
 */
export function hideError(error: unknown) {
  const reference = randomUUID();
  logger.error(`An error has the reference ${reference}`, stackOf(error));
  return {
    code: 'INTERNAL_ERROR',
    message: `Something went wrong on the server. Reference: ${reference}`,
  };
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const stack = error.stack ?? String(error);
  return error.cause instanceof Error
    ? `${stack}\nCaused by: ${stackOf(error.cause)}`
    : stack;
}
