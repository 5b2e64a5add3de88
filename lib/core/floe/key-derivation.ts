import type { Hmac } from 'node:crypto';

/** Bytes of a message key: one block of HKDF-Expand-SHA-384. */
export const MESSAGE_KEY_LENGTH = 48;
/** Bytes of an AES-256 key. */
export const SEGMENT_KEY_LENGTH = 32;

/**
 * HKDF-Expand with SHA-384, for outputs of one block. Expand only: the input is
 * a uniformly random key already. (Node's own `hkdf()` also extracts, which
 * gives other bytes.)
 *
 * @param hmac - HMAC-SHA-384 keyed with the pseudorandom key, nothing fed yet.
 * @param info - the parts of the info, in order.
 * @param length - output bytes, from 1 to 48.
 * @throws RangeError if the length is another: one block has no more.
 * @see RFC 5869, 2.3
 */
export function hkdfExpand(
  hmac: Hmac,
  info: readonly Uint8Array[],
  length: number,
): Buffer {
  if (!Number.isInteger(length) || length < 1 || length > BLOCK_LENGTH) {
    throw new RangeError(
      `One block gives from 1 to ${BLOCK_LENGTH} bytes, not ${length}.`,
    );
  }
  for (const part of info) hmac.update(part);
  return hmac.update(FIRST_BLOCK).digest().subarray(0, length);
}

const BLOCK_LENGTH = 48;
const FIRST_BLOCK = Buffer.of(1);

/** What every derivation of a message is bound to. */
export interface MessageContext {
  /** The encoded parameters, 10 bytes. */
  readonly parameters: Uint8Array;
  /** The random IV, 32 bytes. */
  readonly iv: Uint8Array;
  /** The associated data, any length. */
  readonly aad: Uint8Array;
}

/**
 * FLOE's key derivation: HKDF-Expand(key, parameters ‖ IV ‖ purpose ‖ AAD, length).
 *
 * @see c2sp.org/FLOE, "Key Derivation"
 */
export function deriveFloe(
  hmac: Hmac,
  { parameters, iv, aad }: MessageContext,
  { purpose, length }: { purpose: Uint8Array; length: number },
): Buffer {
  return hkdfExpand(hmac, [parameters, iv, purpose, aad], length);
}

/** Purpose of the header tag. */
export const HEADER_TAG_PURPOSE = Buffer.from('HEADER_TAG:');
/** Purpose of the message key. */
export const MESSAGE_KEY_PURPOSE = Buffer.from('MESSAGE_KEY:');

/**
 * Purpose of a segment key.
 *
 * @param firstIndex - the first segment that the key is for; below 2^40.
 * @returns "DEK:" ‖ u64be(firstIndex).
 */
export function segmentKeyPurpose(firstIndex: number): Buffer {
  const purpose = Buffer.alloc(12);
  purpose.write('DEK:', 'latin1');
  purpose.writeBigUInt64BE(BigInt(firstIndex), 4);
  return purpose;
}
