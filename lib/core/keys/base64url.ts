import { FormatError } from '../errors.js';

/**
 * Decodes base64url as this package writes it: no padding, no white space, no
 * spare bits. Checked by encoding again, so that a value has one spelling only.
 *
 * @throws {@link FormatError} if it is spelt in any other way.
 */
export function decodeBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) {
    throw new FormatError(
      'Expected base64url without padding; the stored text is spelt otherwise.',
    );
  }
  return bytes;
}
