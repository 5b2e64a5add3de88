import {
  type FileEncryptorError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
} from '../core/errors.js';
import type { ByteRange } from '../core/floe/geometry.js';
import {
  checkConditions,
  type DownloadRequest,
  isSameAsPart,
} from './conditions.js';
import { requestedRange } from './requested-range.js';
import type { Validators } from './validators.js';

/** The answer to a request, before anything of the content is touched. */
export type AnswerPlan = {
  /** Beside those that describe the file. */
  readonly headers: Readonly<Record<string, string>>;
} & (
  | {
      readonly kind: 'content';
      /** Undefined for the handler's own. */
      readonly status: 206 | undefined;
      readonly range: ByteRange;
    }
  | { readonly kind: 'head' }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'refused'; readonly error: FileEncryptorError }
);

/**
 * Decides about the answer.
 *
 * @param size - bytes of the file.
 * @param validators - undefined where there are none: then there are neither
 * conditions nor ranges.
 * @see RFC 9110, 13.2.2 "Precedence of Preconditions"
 */
export function planAnswer(
  request: DownloadRequest,
  size: number,
  validators: Validators | undefined,
): AnswerPlan {
  if (!validators) return whole(request, size, { 'Accept-Ranges': 'none' });
  const common = {
    'Accept-Ranges': 'bytes',
    ETag: validators.etag,
    'Last-Modified': validators.lastModified,
  };
  const verdict = checkConditions(request, validators);
  if (verdict === 'failed') return changed(common);
  if (verdict === 'not-modified') {
    return { kind: 'not-modified', headers: common };
  }
  const range = rangeOf(request, size, validators);
  if (range === 'unsatisfiable') return unsatisfiable(size, common);
  return range ? part(range, size, common) : whole(request, size, common);
}

type Headers = AnswerPlan['headers'];

/** Ranges are defined for GET only. */
function rangeOf(
  { method, headers }: DownloadRequest,
  size: number,
  validators: Validators,
): ReturnType<typeof requestedRange> {
  const { range } = headers;
  if (method !== 'GET' || range === undefined) return undefined;
  if (!isSameAsPart(headers, validators)) return undefined;
  return requestedRange(range, size);
}

/** All of it, or to HEAD the same without content. */
function whole(
  { method }: DownloadRequest,
  size: number,
  common: Headers,
): AnswerPlan {
  const headers = { ...common, 'Content-Length': String(size) };
  return method === 'HEAD'
    ? { kind: 'head', headers }
    : {
        kind: 'content',
        status: undefined,
        headers,
        range: { start: 0, end: size },
      };
}

function part(range: ByteRange, size: number, common: Headers): AnswerPlan {
  const { start, end } = range;
  return {
    kind: 'content',
    status: 206,
    range,
    headers: {
      ...common,
      'Content-Length': String(end - start),
      'Content-Range': `bytes ${start}-${end - 1}/${size}`,
    },
  };
}

function changed(headers: Headers): AnswerPlan {
  const error = new PreconditionFailedError(
    'The file is not the one that the request expects: ask for it without the condition.',
  );
  return { kind: 'refused', headers, error };
}

function unsatisfiable(size: number, common: Headers): AnswerPlan {
  return {
    kind: 'refused',
    headers: { ...common, 'Content-Range': `bytes */${size}` },
    error: new RangeNotSatisfiableError(
      `The file has ${size} bytes, none of which is in the range that was asked for.`,
    ),
  };
}
