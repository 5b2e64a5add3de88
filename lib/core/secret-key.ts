import {
  createHmac,
  createSecretKey,
  type Hmac,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { inspect } from 'node:util';

/** Bytes in every key of this package: AES-256 and FLOE take no other. */
export const KEY_LENGTH = 32;

/**
 * A 32-byte key that does not show itself: printing, logging, inspecting,
 * serialising and cloning it give the words `[SecretKey]` or nothing.
 *
 * The bytes lie in a `KeyObject`, outside the JavaScript heap. That keeps them
 * out of logs and heap snapshots; it is no protection against code that runs in
 * the same process.
 */
export class SecretKey {
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
    Object.freeze(this);
  }

  /** A new key from the operating system's random generator. */
  static random(): SecretKey {
    return SecretKey.#take(randomBytes(KEY_LENGTH));
  }

  /**
   * @param bytes - exactly 32 bytes; copied, the caller keeps its own.
   * @throws RangeError if the length is another.
   */
  static from(bytes: Uint8Array): SecretKey {
    return SecretKey.#take(Buffer.from(bytes));
  }

  /** Wraps the bytes, then wipes them. */
  static #take(bytes: Buffer): SecretKey {
    if (bytes.length !== KEY_LENGTH) {
      throw new RangeError(
        `A key has ${KEY_LENGTH} bytes, this one has ${bytes.length}.`,
      );
    }
    const key = new SecretKey(createSecretKey(bytes));
    bytes.fill(0);
    return key;
  }

  /** An HMAC keyed with this key; what every derivation starts from. */
  hmac(hash: 'sha384'): Hmac {
    return createHmac(hash, this.#key);
  }

  /**
   * A fresh copy of the 32 bytes, to wrap the key. The caller owns it and wipes
   * it (`fill(0)`) as soon as it is done.
   */
  toBytes(): Buffer {
    return this.#key.export();
  }

  /** Compares in constant time. */
  equals(other: SecretKey): boolean {
    return this.#key.equals(other.#key);
  }

  toString(): string {
    return '[SecretKey]';
  }

  toJSON(): string {
    return '[SecretKey]';
  }

  [Symbol.toPrimitive](): string {
    return '[SecretKey]';
  }

  [inspect.custom](): string {
    return '[SecretKey]';
  }
}
