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

/** Whether folder and name have the shape of those of an object, each by itself. */
export function isObjectName({ path, filename }: ObjectName): boolean {
  return typeof path === 'string' && PATH.test(path) && isFilename(filename);
}

/**
 * The key of an object in its store: `ab/cd/<filename>`.
 *
 * @throws {@link FormatError} if it has not the shape of one.
 */
export function objectKey(name: ObjectName): string {
  // Each by itself: no part of a folder may stand in the name.
  if (!isObjectName(name)) throw noObjectKey();
  return `${name.path}/${name.filename}`;
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
    key[5] !== '/' ||
    !isObjectName({ path: key.slice(0, 5), filename: key.slice(6) })
  ) {
    throw noObjectKey();
  }
  return key;
}

function noObjectKey(): FormatError {
  return new FormatError(
    'An object key is two folders of two hexadecimal digits and a name of 32; this one is not.',
  );
}
