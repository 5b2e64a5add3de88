import { parseCookie, stringifySetCookie } from 'cookie';

/** A lease that goes to the client. */
export interface LeaseCookie {
  /** Of the link. */
  readonly id: number;
  /** The lease's token. */
  readonly lease: string;
  /** Whether the request came by https. */
  readonly secure: boolean;
}

/**
 * The value of a `Set-Cookie` header. It has no path: the browser takes the
 * folder of the link's own URL, which behind a proxy only the browser knows. Nor
 * an age: a lease counts from the end of a transfer, which may take hours.
 */
export function leaseCookie({ id, lease, secure }: LeaseCookie): string {
  return stringifySetCookie({
    name: nameOf(id),
    value: lease,
    secure,
    httpOnly: true,
    sameSite: 'strict',
  });
}

/**
 * The lease of a link among a request's cookies.
 *
 * @param cookies - the header `Cookie`.
 */
export function leaseAmong(
  cookies: string | undefined,
  id: number,
): string | undefined {
  return parseCookie(cookies ?? '')[nameOf(id)];
}

function nameOf(id: number): string {
  return `download-link-${id}`;
}
