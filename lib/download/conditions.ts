import type { IncomingHttpHeaders } from 'node:http';
import fresh from 'fresh';
import { parseHttpDate } from './http-date.js';
import type { Validators } from './validators.js';

/** What of a request decides about its answer. */
export interface DownloadRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** What the conditions of a request come to. */
export type Verdict = 'proceed' | 'not-modified' | 'failed';

/**
 * Evaluates the conditions of a request, but for `If-Range`. A method that does
 * not read is not performed for who has the file already.
 *
 * @see RFC 9110, 13.2.2 "Precedence of Preconditions"
 */
export function checkConditions(
  { method, headers }: DownloadRequest,
  validators: Validators,
): Verdict {
  if (!isExpected(headers, validators)) return 'failed';
  const reads = method === 'GET' || method === 'HEAD';
  // Only reading knows If-Modified-Since.
  const { 'if-modified-since': _, ...others } = headers;
  if (!isFresh(reads ? headers : others, validators)) return 'proceed';
  return reads ? 'not-modified' : 'failed';
}

/**
 * Whether the file is still the one that a client has a part of: without
 * `If-Range` it is taken for that. A date is not enough: behind one address, two
 * files may have come in the same second.
 *
 * @see RFC 9110, 13.1.5 "If-Range"
 */
export function isSameAsPart(
  headers: IncomingHttpHeaders,
  { etag }: Validators,
): boolean {
  const condition = headers['if-range'];
  return condition === undefined || condition === etag;
}

/** `If-Match`, and where it is absent `If-Unmodified-Since`. */
function isExpected(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): boolean {
  const match = headers['if-match'];
  if (match !== undefined) {
    return match.trim() === '*' || isListed(etag, match);
  }
  const since = parseHttpDate(headers['if-unmodified-since'] ?? '');
  return since === undefined || Date.parse(lastModified) <= Date.parse(since);
}

/** `If-None-Match`, and where it is absent `If-Modified-Since`. */
function isFresh(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): boolean {
  // Nothing else is handed over: a request's `Cache-Control: no-cache` asks
  // caches to look here, and here is the answer.
  const match = headers['if-none-match']?.trim();
  const since = parseHttpDate(headers['if-modified-since'] ?? '');
  // An empty list of tags is there too, and no date counts beside it.
  const condition =
    match === undefined
      ? { 'if-modified-since': since }
      : { 'if-none-match': match };
  return fresh(condition, { etag, 'last-modified': lastModified });
}

/**
 * Whether one of a list's tags is this one, which has no comma. A weak one is no
 * strong one.
 */
function isListed(etag: string, list: string): boolean {
  return list.split(',').some((tag) => tag.trim() === etag);
}
