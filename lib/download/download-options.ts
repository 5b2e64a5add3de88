import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { DownloadOptionValues } from './delivery.js';

/** Under this key a route or a controller keeps its options. @internal */
export const DOWNLOAD_OPTIONS = 'file-encryptor:download-options';

/**
 * How the downloads of a route, or of a controller, leave. `file.as()` in the
 * handler overrides it; the module's `delivery` is what it overrides.
 */
export function DownloadOptions(
  options: DownloadOptionValues,
): CustomDecorator {
  return SetMetadata(DOWNLOAD_OPTIONS, options);
}
