import type { Request } from 'express';

/** Where a link leads, as the one who gets it has to type it. */
export class LinkAddress {
  /** @param base - the drive's address as others see it, without a `/` at its end. */
  constructor(private readonly base: string | undefined) {}

  /** Without a configured base: the address that the request came to. */
  of(secret: string, request: Request): string {
    const base = this.base ?? `${request.protocol}://${request.host}`;
    return `${base}/d/${secret}`;
  }
}
