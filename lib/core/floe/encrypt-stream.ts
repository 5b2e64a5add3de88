import type { Duplex } from 'node:stream';
import type { SecretKey } from '../secret-key.js';
import { beginMessage, type BeginOptions } from './message.js';
import { SEGMENT_OVERHEAD } from './parameters.js';
import type { SegmentCipher } from './segment-cipher.js';
import { SegmentTransform } from './segment-transform.js';

/**
 * A Duplex that takes plaintext and gives a FLOE message: the header, then its
 * segments. One segment is held back, since the last is marked as such.
 *
 * @throws RangeError if `chunkSize` is out of bounds.
 */
export function createEncryptStream(
  key: SecretKey,
  options: BeginOptions = {},
): Duplex {
  const { header, segments } = beginMessage(key, options);
  return new EncryptStream(header, segments);
}

class EncryptStream extends SegmentTransform {
  readonly #segments: SegmentCipher;
  readonly #pending: Buffer;
  #filled = 0;
  #index = 0;

  constructor(header: Buffer, segments: SegmentCipher) {
    super();
    this.#segments = segments;
    this.#pending = Buffer.allocUnsafeSlow(segments.chunkSize);
    this.push(header);
  }

  protected override *process(chunk: Buffer): Generator<Buffer, void> {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#filled === this.#pending.length) yield this.#segment(false);
      const copied = chunk.copy(this.#pending, this.#filled, offset);
      this.#filled += copied;
      offset += copied;
    }
  }

  protected override *finish(): Generator<Buffer, void> {
    yield this.#segment(true);
    this.#pending.fill(0);
  }

  override _destroy(
    error: Error | null,
    done: (error?: Error | null) => void,
  ): void {
    this.#pending.fill(0);
    done(error);
  }

  #segment(last: boolean): Buffer {
    const plaintext = this.#pending.subarray(0, this.#filled);
    const out = Buffer.allocUnsafeSlow(this.#filled + SEGMENT_OVERHEAD);
    this.#segments.encrypt(plaintext, { index: this.#index, last }, out);
    this.#index += 1;
    this.#filled = 0;
    return out;
  }
}
