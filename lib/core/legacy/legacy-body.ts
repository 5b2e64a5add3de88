import { createDecipheriv } from 'node:crypto';
import { FormatError } from '../errors.js';
import {
  LEGACY_HEADER_LENGTH,
  type LegacyLayout,
  legacyLayout,
} from './legacy-geometry.js';
import { legacyKey } from './legacy-key.js';

const SPACE = 0x20;

/**
 * Decrypts the body of a file, piece by piece, and takes the content out of it:
 * what stands between has to be filling.
 */
export class LegacyBody {
  readonly #layout: LegacyLayout;
  readonly #decipher: ReturnType<typeof createDecipheriv>;
  /** Bytes that have not come yet. */
  #missing: number;
  /** How far the decrypted body has been looked at. */
  #position = 0;

  /**
   * @param head - size u64le(8) ‖ IV(16).
   * @throws {@link FormatError} if the size does not fit the length.
   */
  constructor(
    head: Uint8Array,
    options: {
      readonly token: string;
      readonly length: number;
      readonly chunkSize?: number | undefined;
    },
  ) {
    const size = claimedSize(head);
    this.#missing = options.length - LEGACY_HEADER_LENGTH;
    this.#layout = legacyLayout(size, this.#missing, options.chunkSize);
    const key = legacyKey(options.token);
    const iv = head.subarray(8, LEGACY_HEADER_LENGTH);
    this.#decipher = createDecipheriv('aes-256-cbc', key, iv);
    this.#decipher.setAutoPadding(false);
  }

  /** Plaintext bytes. */
  get size(): number {
    return this.#layout.size;
  }

  /**
   * @yields what is content: views of fresh buffers, none of them empty.
   * @throws {@link FormatError} if there is too much, or a filling is not spaces.
   */
  *take(chunk: Uint8Array): Generator<Buffer, void> {
    this.#missing -= chunk.length;
    if (this.#missing < 0) throw changedLength();
    let rest = this.#decipher.update(chunk);
    while (rest.length > 0) {
      const { isContent, length } = this.#next();
      const piece = rest.subarray(0, length);
      if (isContent) yield piece;
      else requireSpaces(piece);
      this.#position += piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  /** @throws {@link FormatError} if the body has not come to its end. */
  finish(): void {
    if (this.#missing > 0) throw changedLength();
  }

  /** What comes next in the body, and how much of it at most. */
  #next(): { readonly isContent: boolean; readonly length: number } {
    const { size, run, stride } = this.#layout;
    const within = this.#position % stride;
    const before = ((this.#position - within) / stride) * run;
    const content = Math.min(run, size - before);
    const isContent = within < content;
    return { isContent, length: (isContent ? content : stride) - within };
  }
}

function claimedSize(head: Uint8Array): number {
  const { buffer, byteOffset } = head;
  const size = new DataView(buffer, byteOffset).getBigUint64(0, true);
  if (size <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size);
  throw new FormatError(
    `The header claims ${size} bytes, which no file has: it was changed, or is no file of Flask-Encryptor.`,
  );
}

function requireSpaces(filling: Buffer): void {
  if (filling.every((byte) => byte === SPACE)) return;
  throw new FormatError(
    'Between or behind the content stands something else than spaces: the token or the chunk size is another one, or the file was changed.',
  );
}

function changedLength(): FormatError {
  return new FormatError(
    'The file has become longer or shorter while it was read: read it again when nobody writes it.',
  );
}
