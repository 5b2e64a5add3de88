import type { IncomingHttpHeaders } from 'node:http';
import fresh from 'fresh';
import { parseHttpDate } from './http-date.js';
import type { Validators } from './validators.js';

/** What the conditions of a request come to. */
export type Verdict = 'proceed' | 'not-modified' | 'failed';

/**
 * Evaluates the conditions of a GET or HEAD, but for `If-Range`.
 *
 * @see RFC 9110, 13.2.2 "Precedence of Preconditions"
 */
export function checkConditions(
  headers: IncomingHttpHeaders,
  validators: Validators,
): Verdict {
  if (!isExpected(headers, validators)) return 'failed';
  return isFresh(headers, validators) ? 'not-modified' : 'proceed';
}

/**
 * Whether the file is still the one that a client has a part of: without
 * `If-Range` it is taken for that.
 *
 * @see RFC 9110, 13.1.5 "If-Range"
 */
export function isSameAsPart(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): boolean {
  const condition = headers['if-range'];
  if (typeof condition !== 'string') return true;
  return condition === etag || parseHttpDate(condition) === lastModified;
}

/** `If-Match`, and where it is absent `If-Unmodified-Since`. */
function isExpected(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): boolean {
  const match = headers['if-match'];
  if (match !== undefined) {
    return match.trim() === '*' || tagsIn(match).includes(etag);
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

/** The tags of a list, each with what is before it: a weak one is no strong one. */
function tagsIn(list: string): string[] {
  return list.match(/[^\s,"]*"[\x21\x23-\x7e\x80-\xff]*"/g) ?? [];
}
