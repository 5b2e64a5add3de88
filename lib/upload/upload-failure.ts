import { types } from 'node:util';
import { HttpException } from '@nestjs/common';
import { UploadError, type UploadErrorCode } from '../core/errors.js';

/** What an upload can be rejected for before it reaches the handler. */
type RejectionCode = Exclude<
  UploadErrorCode,
  'UPLOAD_IDLE' | 'UPLOAD_MISSING' | 'UPLOAD_SPENT' | 'NAME_TOO_LONG'
>;

/** multer's codes, as ours; every other one is UPLOAD_INVALID. */
const CODES: Readonly<Record<string, RejectionCode>> = {
  LIMIT_FILE_SIZE: 'UPLOAD_TOO_LARGE',
  LIMIT_FILE_COUNT: 'UPLOAD_TOO_MANY',
};

const MESSAGES: Readonly<Record<RejectionCode, string>> = {
  UPLOAD_TOO_LARGE: 'The file is larger than the limit: send a smaller one.',
  UPLOAD_TOO_MANY: 'The request holds more files than the limit: send fewer.',
  UPLOAD_UNSUPPORTED:
    'An upload must be a form of the type multipart/form-data.',
  UPLOAD_ABORTED:
    'The form ended before its last part: the connection closed, or the form is malformed.',
  UPLOAD_INVALID:
    'The form could not be read: it is malformed, has a field that the route does not expect, or one beyond a limit.',
};

/**
 * What multer and its parser say, by the words alone: Nest 11 passes nothing
 * else on, and the parser has no codes. The first pattern that fits counts.
 */
const WORDS: readonly (readonly [RegExp, RejectionCode])[] = [
  [
    /^(Request (aborted|closed)|(Multipart: )?Unexpected end of (form|file))$/,
    'UPLOAD_ABORTED',
  ],
  [/^File too large$/, 'UPLOAD_TOO_LARGE'],
  [/^Too many files$/, 'UPLOAD_TOO_MANY'],
  [/^Unsupported content type\b/, 'UPLOAD_UNSUPPORTED'],
  [
    /^(Multipart: |Malformed part header$|Too many (parts|fields)$|Field (name|value) (too|missing|nesting|array)\b|Unexpected (file )?field( - |$)|Invalid field name\b)/,
    'UPLOAD_INVALID',
  ],
];

/**
 * Turns a rejection of multer, of its parser, or of Nest around them, into an
 * UploadError. What is neither, as an error of ours or of a file filter, is
 * given back as it is.
 *
 * multer's error is not kept as the cause: it holds the real name of the file,
 * and would take it into the log.
 */
export function uploadFailure(error: unknown): unknown {
  const code = codeOf(error);
  return code === undefined ? error : new UploadError(code, MESSAGES[code]);
}

/** The parser ends a file normally when it has reached the limit. */
export function fileTooLarge(): UploadError {
  return new UploadError('UPLOAD_TOO_LARGE', MESSAGES.UPLOAD_TOO_LARGE);
}

/**
 * A parser that stops at its limit ends the stream of a part as if it were whole,
 * and only marks it.
 *
 * @throws UploadError `UPLOAD_TOO_LARGE` if the source is so marked.
 */
export function refuseCut(source: object): void {
  if ('truncated' in source && source.truncated === true) throw fileTooLarge();
}

/** @param seconds - for which nothing has come. */
export function uploadIdle(seconds: number): UploadError {
  return new UploadError(
    'UPLOAD_IDLE',
    `Nothing of the form has come for ${seconds} seconds: send it again.`,
  );
}

function codeOf(error: unknown): RejectionCode | undefined {
  if (!types.isNativeError(error)) return undefined;
  // Nest 12 keeps what it has made an HttpException of.
  const origin =
    error instanceof HttpException && types.isNativeError(error.cause)
      ? error.cause
      : error;
  if (isMulterError(origin)) return CODES[origin.code] ?? 'UPLOAD_INVALID';
  return WORDS.find(([words]) => words.test(origin.message))?.[1];
}

function isMulterError(error: unknown): error is Error & { code: string } {
  return (
    types.isNativeError(error) &&
    error.name === 'MulterError' &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code !== 'STREAM_DESTROYED'
  );
}
