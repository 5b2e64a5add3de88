import type { KeyProvider, WrapContext } from 'nestjs-file-encryptor';
import { Keyring } from '../../lib/core/keys/keyring.js';
import { SecretKey } from '../../lib/core/secret-key.js';

/**
 * A global key behind which requests gather: each has read its rows then, and
 * none has written yet. A database that answers at once would let them through
 * one after the other.
 */
export class GatheringKeys implements KeyProvider {
  readonly #keys: Keyring;
  readonly #waiting: (() => void)[] = [];
  #awaited = 0;

  constructor(globalKey: Uint8Array) {
    this.#keys = new Keyring([SecretKey.from(globalKey)]);
  }

  get primaryId(): string {
    return this.#keys.primaryId;
  }

  /** Lets the next ones through when so many have come, all at once. */
  gather(count: number): void {
    this.#awaited = count;
  }

  wrap(key: Uint8Array, context: WrapContext): Promise<Uint8Array> {
    return this.#keys.wrap(key, context);
  }

  async unwrap(wrapped: Uint8Array, context: WrapContext): Promise<Uint8Array> {
    if (this.#awaited > 0) await this.#all();
    return this.#keys.unwrap(wrapped, context);
  }

  #all(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length < this.#awaited) return;
      this.#awaited = 0;
      for (const letThrough of this.#waiting.splice(0)) letThrough();
    });
  }
}
