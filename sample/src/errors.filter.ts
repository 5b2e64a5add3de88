import { STATUS_CODES } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  HttpException,
  HttpStatus,
} from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { hideError } from './hidden-error.js';

/**
 * Gives the errors that are not the library's the shape that the library's
 * have: `{statusCode, code, message}`.
 */
@Catch()
export class ErrorsFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const statusCode = statusOf(error);
    const words =
      statusCode < 500 ? wordsOf(error, statusCode) : hideError(error);
    super.catch(new HttpException({ statusCode, ...words }, statusCode), host);
  }
}

/** `statusCode` is what Express and its middleware put on their errors. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const { statusCode } = Object(error) as { statusCode?: number };
  return statusCode && statusCode < 500 ? statusCode : 500;
}

/**
 * Exceptions with an error code are this application's own. The messages of all
 * others may repeat what the client has sent.
 */
function wordsOf(error: unknown, statusCode: number) {
  return error instanceof HttpException && error.errorCode !== undefined
    ? { code: error.errorCode, message: error.message }
    : { code: HttpStatus[statusCode], message: STATUS_CODES[statusCode] };
}
