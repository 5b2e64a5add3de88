import { randomBytes, timingSafeEqual } from 'node:crypto';
import { FormatError, IntegrityError } from '../errors.js';
import type { SecretKey } from '../secret-key.js';
import {
  deriveFloe,
  HEADER_TAG_PURPOSE,
  MESSAGE_KEY_LENGTH,
  MESSAGE_KEY_PURPOSE,
  type MessageContext,
} from './key-derivation.js';
import {
  decodeParameters,
  DEFAULT_CHUNK_SIZE,
  encodeParameters,
  HEADER_LENGTH,
  HEADER_TAG_LENGTH,
  IV_LENGTH,
  PARAMETERS_LENGTH,
} from './parameters.js';
import { SegmentCipher } from './segment-cipher.js';

const EMPTY = new Uint8Array(0);
const IV_END = PARAMETERS_LENGTH + IV_LENGTH;

/** What a message is bound to when it is opened. */
export interface OpenOptions {
  /** Associated data; empty when absent. The message keeps a reference. */
  readonly aad?: Uint8Array;
  /** @internal Only FLOE's own test vectors use another than 20. */
  readonly keyRotationExponent?: number;
  /** @internal Only FLOE's own test vectors have chunks below 16 bytes. */
  readonly minChunkSize?: number;
}

/** How a message is begun. */
export interface BeginOptions extends OpenOptions {
  /** Plaintext bytes of a full segment, 16 to 16 MiB; 64 KiB when absent. */
  readonly chunkSize?: number;
}

/**
 * Begins a message under a random IV.
 *
 * @returns the header, parameters(10) ‖ IV(32) ‖ header tag(32), in a fresh
 * buffer, and the cipher of the segments that follow it.
 * @throws RangeError if `chunkSize` is out of bounds.
 * @see c2sp.org/FLOE, "Public Functions"
 */
export function beginMessage(
  key: SecretKey,
  options: BeginOptions = {},
): { readonly header: Buffer; readonly segments: SegmentCipher } {
  const {
    aad = EMPTY,
    chunkSize = DEFAULT_CHUNK_SIZE,
    keyRotationExponent,
  } = options;
  const context = {
    parameters: encodeParameters(chunkSize),
    iv: randomBytes(IV_LENGTH),
    aad,
  };
  const header = Buffer.concat([
    context.parameters,
    context.iv,
    headerTag(key, context),
  ]);
  const messageKey = deriveMessageKey(key, context);
  const segments = new SegmentCipher({
    messageKey,
    context,
    chunkSize,
    keyRotationExponent,
  });
  return { header, segments };
}

/**
 * Checks a header, and with it that key and associated data are the right ones.
 *
 * @param header - the first 74 bytes of a message; copied.
 * @returns the cipher of the segments.
 * @throws {@link FormatError} if it is no header that this version reads.
 * @throws {@link IntegrityError} if the tag does not verify.
 */
export function openMessage(
  key: SecretKey,
  header: Uint8Array,
  options: OpenOptions = {},
): SegmentCipher {
  const { aad = EMPTY, keyRotationExponent, minChunkSize } = options;
  const bytes = Buffer.from(header.subarray(0, HEADER_LENGTH));
  const chunkSize = decodeParameters(bytes, minChunkSize);
  if (bytes.length < HEADER_LENGTH) {
    throw new FormatError(
      `A header has ${HEADER_LENGTH} bytes; this one ends after ${bytes.length}.`,
    );
  }
  const context = {
    parameters: bytes.subarray(0, PARAMETERS_LENGTH),
    iv: bytes.subarray(PARAMETERS_LENGTH, IV_END),
    aad,
  };
  if (!timingSafeEqual(bytes.subarray(IV_END), headerTag(key, context))) {
    throw new IntegrityError(
      'The header does not verify: it was changed, the key is another, or it belongs to another row.',
    );
  }
  const messageKey = deriveMessageKey(key, context);
  return new SegmentCipher({
    messageKey,
    context,
    chunkSize,
    keyRotationExponent,
  });
}

function headerTag(key: SecretKey, context: MessageContext): Buffer {
  return deriveFloe(key.hmac('sha384'), context, {
    purpose: HEADER_TAG_PURPOSE,
    length: HEADER_TAG_LENGTH,
  });
}

function deriveMessageKey(key: SecretKey, context: MessageContext): Buffer {
  return deriveFloe(key.hmac('sha384'), context, {
    purpose: MESSAGE_KEY_PURPOSE,
    length: MESSAGE_KEY_LENGTH,
  });
}
