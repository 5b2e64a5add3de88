import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ConfigurationError } from '../core/errors.js';
import type { EncryptedFile } from '../download/encrypted-file.js';

/** What the guard has found, by request. */
const found = new WeakMap<object, EncryptedFile | undefined>();

/** Keeps what a handler gets as `@LinkedFile()`. */
export function keepLinkedFile(
  request: object,
  file: EncryptedFile | undefined,
): void {
  found.set(request, file);
}

/**
 * A handler's parameter: the file of the link that the request has redeemed, for
 * the `DownloadInterceptor`; undefined at a visit, which shows a page.
 *
 * ```ts
 * download(@LinkedFile() file: EncryptedFile | undefined) { … }
 * ```
 *
 * @throws {@link ConfigurationError} on a route without the `DownloadLinkGuard`.
 */
export const LinkedFile = createParamDecorator(
  (_data: unknown, context: ExecutionContext): EncryptedFile | undefined => {
    const request = context.switchToHttp().getRequest<object>();
    if (!found.has(request)) {
      throw new ConfigurationError(
        '@LinkedFile() needs the DownloadLinkGuard on its route: add @UseGuards(DownloadLinkGuard).',
      );
    }
    return found.get(request);
  },
);
