import type { FileInterceptor } from '@nestjs/platform-express';
import { ConfigurationError } from '../core/errors.js';

/** Nest's options of multer. */
export type MulterOptions = NonNullable<Parameters<typeof FileInterceptor>[1]>;

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
  /**
   * Multer's own: refuses or skips a file before its first byte. The name is as
   * multer has it there, latin1.
   */
  readonly fileFilter?: MulterOptions['fileFilter'];
  /** Name of the module's configuration; the one without a name when absent. */
  readonly name?: string;
}

/**
 * @returns the limits that are set: one that is undefined counts as absent.
 * @throws {@link ConfigurationError} if one is no whole number of at least 0:
 * the parser never meets any other, and would limit nothing.
 */
export function checkUploadLimits(limits: UploadLimits = {}): UploadLimits {
  if (typeof limits !== 'object' || limits === null) {
    throw new ConfigurationError(
      'limits must be an object, such as { fileSize: 10_000_000 }.',
    );
  }
  const set = Object.entries(limits).filter(([, value]) => value !== undefined);
  for (const [name, value] of set) {
    if (!LIMITS.has(name)) {
      throw new ConfigurationError(
        `limits.${name.slice(0, 64)} is no limit; the limits are ${[...LIMITS].join(', ')}.`,
      );
    }
    if (!isLimit(value)) {
      throw new ConfigurationError(
        `limits.${name} must be a whole number of at least 0, or Infinity.`,
      );
    }
  }
  return Object.fromEntries(set);
}

function isLimit(value: unknown): boolean {
  return (
    value === Infinity ||
    (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
  );
}

const LIMITS: ReadonlySet<string> = new Set<keyof UploadLimits>([
  'fileSize',
  'files',
  'fields',
  'fieldSize',
  'fieldNameSize',
  'parts',
  'headerPairs',
]);
