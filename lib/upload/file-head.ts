import { HEAD_BYTES } from './detect-type.js';

/** The first bytes of a file, copied while they pass. */
export class FileHead {
  readonly #buffer = Buffer.allocUnsafe(HEAD_BYTES);
  #length = 0;

  /** What has passed: {@link HEAD_BYTES} bytes at most. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /**
   * Passes a source on as it is, its errors and its end too.
   *
   * @param source - chunks of any length, each used until the next is asked for.
   */
  async *watch(
    source: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void> {
    for await (const chunk of source) {
      yield chunk;
      // The source still keeps the chunk, which its consumer has accepted.
      this.#take(chunk);
    }
  }

  #take(chunk: Uint8Array): void {
    if (this.#length === HEAD_BYTES) return;
    const part = chunk.subarray(0, HEAD_BYTES - this.#length);
    this.#buffer.set(part, this.#length);
    this.#length += part.length;
  }
}
