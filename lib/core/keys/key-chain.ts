import { IntegrityError, WrongKeyError } from '../errors.js';
import { SecretKey } from '../secret-key.js';
import { associatedData } from './associated-data.js';
import { keyId } from './key-id.js';
import type { KeyProvider } from './key-provider.js';
import { Keyring } from './keyring.js';
import {
  primaryIdOf,
  unwrapByProvider,
  wrapByProvider,
} from './provider-border.js';
import {
  formatWrappedKey,
  parseWrappedKey,
  takeKey,
  unwrapKey,
  wrapKey,
} from './wrapped-key.js';

/** A token's value, and the owner key that it holds. */
export interface NewToken {
  readonly value: string;
  readonly ownerKey: SecretKey;
}

/** The ids of the global keys. */
export interface GlobalKeys {
  readonly primaryId: string;
  /** All of them, the primary first; undefined where only a provider knows. */
  readonly configured: readonly string[] | undefined;
}

/**
 * The first link: the global key wraps owner keys.
 *
 * @see KEYS.md, "Three links"
 */
export class KeyChain {
  readonly #provider: KeyProvider;

  constructor(provider: KeyProvider) {
    this.#provider = provider;
  }

  /**
   * The ids of the global keys, now.
   *
   * @throws ConfigurationError if the provider has no usable primary id.
   */
  get globalKeys(): GlobalKeys {
    const provider = this.#provider;
    return {
      primaryId: primaryIdOf(provider),
      configured: provider instanceof Keyring ? provider.ids : undefined,
    };
  }

  /**
   * A new owner key, wrapped under the primary global key.
   *
   * @param owner - the owner in canonical form.
   * @throws ConfigurationError if the provider has no usable primary id.
   * @throws KeyProviderError if the provider fails.
   */
  async createToken(owner: string): Promise<NewToken> {
    const ownerKey = SecretKey.random();
    return { value: await this.#wrap(ownerKey, owner), ownerKey };
  }

  /**
   * The owner key of a token.
   *
   * @param value - what the token's row holds.
   * @param owner - the owner in canonical form.
   * @throws KeyNotFoundError if its global key is not configured.
   * @throws IntegrityError if the value was changed, or is another owner's.
   * @throws KeyProviderError if the provider fails.
   */
  async openToken(value: string, owner: string): Promise<SecretKey> {
    try {
      const { keyId: id, blob } = parseWrappedKey(value);
      const aad = associatedData('token', id, owner);
      return await unwrapByProvider(this.#provider, blob, { keyId: id, aad });
    } catch (error) {
      throw nameToken(error);
    }
  }

  /**
   * Wraps a token's owner key under the primary global key.
   *
   * @returns the new value, or undefined if it is under the primary key already;
   * such a value is not opened.
   * @throws the errors of `openToken` and `createToken`.
   */
  async rewrapToken(value: string, owner: string): Promise<string | undefined> {
    if (idOfToken(value) === primaryIdOf(this.#provider)) return undefined;
    return this.#wrap(await this.openToken(value, owner), owner);
  }

  async #wrap(ownerKey: SecretKey, owner: string): Promise<string> {
    const id = primaryIdOf(this.#provider);
    const aad = associatedData('token', id, owner);
    const context = { keyId: id, aad };
    const blob = await wrapByProvider(this.#provider, ownerKey, context);
    return formatWrappedKey({ keyId: id, blob });
  }
}

function idOfToken(value: string): string {
  try {
    return parseWrappedKey(value).keyId;
  } catch (error) {
    throw nameToken(error);
  }
}

/** Damage of the token must not send anybody to look at containers. */
function nameToken(error: unknown): unknown {
  if (error instanceof IntegrityError) {
    error.message = `The owner's token: ${error.message}`;
  }
  return error;
}

/**
 * The second link: wraps a file's data key under its owner's key.
 *
 * @param filename - of the file's row.
 * @returns the text of the column `key`.
 */
export function wrapDataKey(
  ownerKey: SecretKey,
  dataKey: SecretKey,
  filename: string,
): string {
  const id = keyId(ownerKey);
  const bytes = dataKey.toBytes();
  try {
    const blob = wrapKey(ownerKey, bytes, dataKeyAad(id, filename));
    return formatWrappedKey({ keyId: id, blob });
  } finally {
    bytes.fill(0);
  }
}

/**
 * Unwraps what {@link wrapDataKey} wrapped.
 *
 * @throws {@link WrongKeyError} if another owner key wrapped it.
 * @throws IntegrityError if it was changed, or belongs to another row.
 */
export function unwrapDataKey(
  ownerKey: SecretKey,
  text: string,
  filename: string,
): SecretKey {
  const { keyId: id, blob } = parseWrappedKey(text);
  if (id !== keyId(ownerKey)) {
    throw new WrongKeyError(
      `The data key was wrapped under owner key ${id}; the owner's token holds ${keyId(ownerKey)}. The row belongs to another owner, or the token was made anew.`,
    );
  }
  return takeKey(unwrapKey(ownerKey, blob, dataKeyAad(id, filename)));
}

function dataKeyAad(id: string, filename: string): Buffer {
  return associatedData('data-key', id, filename);
}
