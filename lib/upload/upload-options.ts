import type { MulterOptions } from '@nestjs/platform-express/multer/interfaces/multer-options.interface.js';
import { ConfigurationError } from '../core/errors.js';

/** Multer's limits: `fileSize` in bytes, the others in numbers of things. */
export interface UploadLimits {
  /** Largest file, bytes. */
  readonly fileSize?: number;
  /** Files in one request. */
  readonly files?: number;
  /** Fields that are no files. */
  readonly fields?: number;
  /** Largest value of such a field, bytes. */
  readonly fieldSize?: number;
  /** Longest name of a field, bytes. */
  readonly fieldNameSize?: number;
  /** Fields and files together. */
  readonly parts?: number;
  /** Lines in the header of one part. */
  readonly headerPairs?: number;
}

/** Options of one upload interceptor. */
export interface EncryptedUploadOptions {
  /** For this route; each takes the place of the module's. */
  readonly limits?: UploadLimits;
  /** Multer's own: refuses or skips a file before its first byte. */
  readonly fileFilter?: MulterOptions['fileFilter'];
  /** Name of the module's configuration; the one without a name when absent. */
  readonly name?: string;
}

/**
 * @returns the limits; none when absent.
 * @throws {@link ConfigurationError} if one is no number of at least 0.
 */
export function checkUploadLimits(limits: UploadLimits = {}): UploadLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (value !== undefined && !(typeof value === 'number' && value >= 0)) {
      throw new ConfigurationError(
        `limits.${name} must be a number of at least 0.`,
      );
    }
  }
  return limits;
}
