import { randomBytes } from 'node:crypto';

/** A short ASCII extension with something in front of it. */
const EXTENSION = /[^.](?<extension>\.[A-Za-z0-9]{1,10})$/;

/**
 * Makes the name of a temporary file: 32 random hexadecimal digits.
 *
 * @param realName - data from a client, never a path. Its last extension is
 * kept, with its dot, if it is 1 to 10 ASCII letters and digits: programs tell
 * the type of a file by it. Nothing else of it is used.
 */
export function makeTemporaryName(realName = ''): string {
  const extension = EXTENSION.exec(realName)?.groups?.['extension'] ?? '';
  return `${randomBytes(16).toString('hex')}${extension}`;
}
