/** What a wrapped key or a sealed text is; part of what it is bound to. */
export type Purpose = 'token' | 'data-key' | 'info' | 'link' | 'content';

const DOMAIN = Buffer.from('file-encryptor/1');

/**
 * The bytes that a ciphertext is bound to without containing them.
 *
 * @param purpose - what the ciphertext is.
 * @param fields - for a wrapped key the id of the wrapping key; then the
 * binding: the canonical owner of a token, the filename of a row, the hash of a
 * link. UTF-8.
 * @returns "file-encryptor/1" ‖ (length u32be(4) ‖ bytes) of purpose and fields.
 * @see KEYS.md, "Associated data"
 */
export function associatedData(
  purpose: Purpose,
  ...fields: readonly string[]
): Buffer {
  const parts: Buffer[] = [DOMAIN];
  for (const field of [purpose, ...fields]) {
    const bytes = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}
