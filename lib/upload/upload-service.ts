import type { Encrypt } from './multer-engine.js';
import type { UploadLimits } from './upload-options.js';

/** What the interceptors need of a configuration. */
export interface UploadService {
  readonly encrypt: Encrypt;
  readonly limits: UploadLimits;
  /** Seconds for which a client may send nothing of its form. */
  readonly idleTimeout: number;
}

/** The injection token of a configuration's {@link UploadService}. */
export function getUploadServiceToken(name?: string): string {
  return `FILE_ENCRYPTOR_UPLOAD:${name ?? ''}`;
}
