import { createHash } from 'node:crypto';

/** The validators of a file, and what a client may make of them. */
export interface ExpectedValidators {
  /** With its quotes. */
  readonly etag: string;
  /** As an IMF-fixdate. */
  readonly lastModified: string;
}

/**
 * What a file's validators are by their definition, worked out apart from the
 * library.
 *
 * @param createdAt - epoch milliseconds.
 */
export function expectedValidators(
  filename: string,
  createdAt: number,
): ExpectedValidators {
  const hash = createHash('sha256').update(`etag/1${filename}`);
  const seconds = Math.floor(createdAt / 1000);
  return {
    etag: `"${hash.digest('base64url').slice(0, 22)}"`,
    lastModified: new Date(seconds * 1000).toUTCString(),
  };
}
