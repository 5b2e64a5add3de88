import { Inject, type InjectionToken } from '@nestjs/common';
import { DownloadLinkService } from './download-link.service.js';

/**
 * The injection token of a configuration's DownloadLinkService: the class itself
 * for the one without a name.
 */
export function getDownloadLinkServiceToken(name?: string): InjectionToken {
  return name === undefined
    ? DownloadLinkService
    : `DownloadLinkService:${name}`;
}

/**
 * Injects the DownloadLinkService of a named configuration:
 * `constructor(@InjectDownloadLinks('archive') private links: DownloadLinkService)`.
 */
export function InjectDownloadLinks(
  name?: string,
): PropertyDecorator & ParameterDecorator {
  return Inject(getDownloadLinkServiceToken(name));
}
