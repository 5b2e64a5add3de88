/** What a wrapped key is bound to, and by which key. */
export interface WrapContext {
  /** The id of the wrapping key. */
  readonly keyId: string;
  /** Associated data; without the same bytes the key must not unwrap. */
  readonly aad: Uint8Array;
}

/**
 * Who wraps the tokens' owner keys. The {@link Keyring} does it with keys of
 * the configuration; a key management service does it without ever giving its
 * keys away.
 *
 * Calls may overlap. What a provider throws besides the errors named here
 * becomes the cause of a KeyProviderError.
 */
export interface KeyProvider {
  /**
   * The id of the key that wraps from now on: 1 to 256 visible ASCII
   * characters, stored in clear with everything that it wrapped. It may change
   * while the process runs; what an earlier id wrapped must still unwrap.
   */
  readonly primaryId: string;

  /**
   * Wraps an owner key.
   *
   * @param key - 32 bytes; the caller wipes them when the promise has settled.
   * @returns the wrapped key, 1 to 4096 bytes; the caller's.
   */
  wrap(key: Uint8Array, context: WrapContext): Promise<Uint8Array>;

  /**
   * Unwraps an owner key.
   *
   * @returns the 32 bytes, in a fresh array that the caller wipes.
   * @throws KeyNotFoundError if the provider has no key of that id.
   * @throws IntegrityError if the wrapped key does not verify.
   */
  unwrap(wrapped: Uint8Array, context: WrapContext): Promise<Uint8Array>;
}
