import { randomBytes } from 'node:crypto';
import { FormatError } from '../errors.js';

/** The folder of an object, `ab/cd`, and its name in it, 32 hexadecimal digits. */
export interface ObjectName {
  readonly path: string;
  readonly filename: string;
}

const FILENAME = /^[0-9a-f]{32}$/;
const PATH = /^[0-9a-f]{2}\/[0-9a-f]{2}$/;

/** A new random name; it tells nothing of what it names. */
export function randomObjectName(): ObjectName {
  return objectNameOf(randomBytes(16).toString('hex'));
}

/** The name of the object of a filename, and the folder in which it belongs. */
export function objectNameOf(filename: string): ObjectName {
  return { path: `${filename.slice(0, 2)}/${filename.slice(2, 4)}`, filename };
}

/** Whether a text has the shape of a stored filename: 32 hexadecimal digits. */
export function isFilename(value: unknown): value is string {
  return typeof value === 'string' && FILENAME.test(value);
}

/** The key of an object in its store: `ab/cd/<filename>`. */
export function objectKey({ path, filename }: ObjectName): string {
  return parseObjectKey(`${path}/${filename}`);
}

/**
 * The one border at which a text becomes a key of the store.
 *
 * @param key - `ab/cd/` and 32 lower-case hexadecimal digits; nothing else can
 * be a key, so none can lead out of the store.
 * @throws {@link FormatError} if it is anything else. The text is not repeated.
 */
export function parseObjectKey(key: string): string {
  if (
    !PATH.test(key.slice(0, 5)) ||
    key[5] !== '/' ||
    !isFilename(key.slice(6))
  ) {
    throw new FormatError(
      'An object key is two folders of two hexadecimal digits and a name of 32; this one is not.',
    );
  }
  return key;
}
