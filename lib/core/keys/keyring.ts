import { ConfigurationError, KeyNotFoundError } from '../errors.js';
import type { SecretKey } from '../secret-key.js';
import { keyId } from './key-id.js';
import type { KeyProvider, WrapContext } from './key-provider.js';
import { unwrapKey, wrapKey } from './wrapped-key.js';

/**
 * Global keys of the configuration: the first one wraps, all of them unwrap.
 */
export class Keyring implements KeyProvider {
  readonly primaryId: string;
  readonly #keys: ReadonlyMap<string, SecretKey>;

  /**
   * @param keys - the primary key, then the earlier ones.
   * @throws {@link ConfigurationError} if there is none, or one stands twice.
   */
  constructor(keys: readonly SecretKey[]) {
    const entries = keys.map((key) => [keyId(key), key] as const);
    const [primary] = entries;
    if (!primary) {
      throw new ConfigurationError(
        'The list of global keys is empty: it needs a primary key. Make one with: npx --no-install file-encryptor keygen',
      );
    }
    this.#keys = new Map(entries);
    this.primaryId = primary[0];
    if (this.#keys.size !== keys.length) {
      throw new ConfigurationError(
        'The list of global keys holds the same key twice: leave each in it once, the primary first.',
      );
    }
  }

  /** The ids of all its keys, the primary one first. */
  get ids(): readonly string[] {
    return [...this.#keys.keys()];
  }

  async wrap(key: Uint8Array, context: WrapContext): Promise<Uint8Array> {
    return wrapKey(this.#get(context.keyId), key, context.aad);
  }

  async unwrap(wrapped: Uint8Array, context: WrapContext): Promise<Uint8Array> {
    return unwrapKey(this.#get(context.keyId), wrapped, context.aad);
  }

  #get(id: string): SecretKey {
    const key = this.#keys.get(id);
    if (!key) {
      throw new KeyNotFoundError(
        `Key ${id} is not available: it is none of the configured global keys (${this.ids.join(', ')}). Give it back as an earlier key, behind the primary one, in globalKey (FILE_ENCRYPTOR_GLOBAL_KEY).`,
      );
    }
    return key;
  }
}
