import { HttpException } from '@nestjs/common';
import { UploadError, type UploadErrorCode } from '../core/errors.js';

/** What an upload can be rejected for before it reaches the handler. */
type RejectionCode = Exclude<
  UploadErrorCode,
  'UPLOAD_MISSING' | 'UPLOAD_SPENT' | 'NAME_TOO_LONG'
>;

/** multer's and Nest's codes and statuses, as ours. */
const CODES: Readonly<Record<string, RejectionCode>> = {
  LIMIT_FILE_SIZE: 'UPLOAD_TOO_LARGE',
  LIMIT_FILE_COUNT: 'UPLOAD_TOO_MANY',
  413: 'UPLOAD_TOO_LARGE',
  415: 'UPLOAD_UNSUPPORTED',
};

const MESSAGES: Readonly<Record<RejectionCode, string>> = {
  UPLOAD_TOO_LARGE:
    'The file is larger than the limit: send a smaller one, or raise limits.fileSize.',
  UPLOAD_TOO_MANY:
    'The request holds more files than the limit: send fewer, or raise limits.files.',
  UPLOAD_UNSUPPORTED:
    'An upload must be a form of the type multipart/form-data.',
  UPLOAD_ABORTED:
    'The form ended before its last part: the connection closed, or the form is malformed.',
  UPLOAD_INVALID:
    'The form could not be read: it is malformed, has a field that the route does not expect, or one beyond a limit.',
};

/** What multer says when a connection closes in the middle of a form. */
const ABORTED = /^(request (aborted|closed)|unexpected end of (form|file))/i;

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

function codeOf(error: unknown): RejectionCode | undefined {
  if (!(error instanceof Error)) return undefined;
  const origin = error instanceof HttpException ? error.cause : error;
  const message = origin instanceof Error ? origin.message : error.message;
  if (ABORTED.test(message.replace(/^Multipart: /, '')))
    return 'UPLOAD_ABORTED';
  if (isMulterError(origin)) return CODES[origin.code] ?? 'UPLOAD_INVALID';
  if (!(error instanceof HttpException)) return undefined;
  return CODES[error.getStatus()] ?? byParser(message);
}

/** Nest 11 gives no cause: then the parser is known by its words. */
function byParser(message: string): RejectionCode | undefined {
  const known =
    /^(Multipart:|Malformed part header|Too many|Unexpected field|Unexpected file|Field )/;
  return known.test(message) ? 'UPLOAD_INVALID' : undefined;
}

function isMulterError(error: unknown): error is Error & { code: string } {
  return (
    error instanceof Error &&
    error.name === 'MulterError' &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code !== 'STREAM_DESTROYED'
  );
}
