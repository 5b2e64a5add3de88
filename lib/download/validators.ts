import { createHash } from 'node:crypto';
import { formatHttpDate } from './http-date.js';

/** By what a client knows again what it has of a file already. */
export interface Validators {
  /** A strong one, with its quotation marks. */
  readonly etag: string;
  /** HTTP-date. */
  readonly lastModified: string;
}

/** What tells a stored file apart from every other. */
export interface Identity {
  /** Its random name. */
  readonly filename: string;
  readonly createdAt: Date;
}

/** Base64url characters of an entity tag: 132 bits. */
const TAG_LENGTH = 22;

/**
 * A file's validators. A container never changes under its name, so the name
 * stands for the content; the tag tells nothing of either.
 *
 * @returns an entity tag of SHA-256("etag/1" ‖ filename), cut; it outlasts
 * every new key.
 */
export function validatorsOf({ filename, createdAt }: Identity): Validators {
  const hash = createHash('sha256').update('etag/1').update(filename);
  return {
    etag: `"${hash.digest('base64url').slice(0, TAG_LENGTH)}"`,
    lastModified: formatHttpDate(createdAt.getTime()),
  };
}
