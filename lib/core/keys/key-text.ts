/**
 * Reads bytes that an operator has put into the configuration as text:
 * hexadecimal if there are two digits for each byte expected, else base64 or
 * base64url, with its padding or without. White space around it is ignored.
 *
 * Base64 is checked by encoding again: mixed alphabets, white space within,
 * wrong padding and spare bits are refused, since each is a sign of a value that
 * was cut or pasted wrongly.
 *
 * @param length - bytes expected. The result may have another length.
 * @returns the bytes, fresh, or undefined if it is neither.
 */
export function decodeKeyText(
  text: string,
  length: number,
): Buffer | undefined {
  const trimmed = text.trim();
  if (trimmed.length === 2 * length && /^[0-9a-f]*$/i.test(trimmed)) {
    return Buffer.from(trimmed, 'hex');
  }
  const bytes = Buffer.from(trimmed, 'base64');
  return spellings(bytes).includes(trimmed) ? bytes : undefined;
}

/** Base64 and base64url, each padded and unpadded. */
function spellings(bytes: Buffer): readonly string[] {
  const base64 = bytes.toString('base64');
  const base64url = bytes.toString('base64url');
  const padding = base64.slice(base64url.length);
  return [
    base64,
    base64.slice(0, base64url.length),
    base64url,
    base64url + padding,
  ];
}
