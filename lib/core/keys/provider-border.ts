import {
  ConfigurationError,
  FileEncryptorError,
  KeyProviderError,
} from '../errors.js';
import type { SecretKey } from '../secret-key.js';
import type { KeyProvider, WrapContext } from './key-provider.js';
import {
  isKeyId,
  isWrappedLength,
  MAX_WRAPPED_LENGTH,
  takeKey,
} from './wrapped-key.js';

/**
 * The id of the key that wraps from now on.
 *
 * @throws {@link ConfigurationError} if the provider gives none that can be
 * stored.
 */
export function primaryIdOf(provider: KeyProvider): string {
  const id: unknown = provider.primaryId;
  if (!isKeyId(id)) {
    throw new ConfigurationError(
      'The key provider gives no usable primaryId: it must be 1 to 256 visible ASCII characters.',
    );
  }
  return id;
}

/**
 * Has the provider wrap an owner key.
 *
 * @returns the wrapped key, 1 to 4096 bytes, fresh.
 * @throws {@link KeyProviderError} if it fails, or returns something else.
 */
export async function wrapByProvider(
  provider: KeyProvider,
  ownerKey: SecretKey,
  context: WrapContext,
): Promise<Buffer> {
  const bytes = ownerKey.toBytes();
  try {
    const blob: unknown = await provider.wrap(bytes, context);
    if (!(blob instanceof Uint8Array) || !isWrappedLength(blob.length)) {
      throw new KeyProviderError(
        `The key provider wrapped an owner key into something else than 1 to ${MAX_WRAPPED_LENGTH} bytes.`,
      );
    }
    return Buffer.from(blob);
  } catch (error) {
    throw translate(error, 'wrap', context);
  } finally {
    bytes.fill(0);
  }
}

/**
 * Has the provider unwrap an owner key.
 *
 * @throws {@link KeyProviderError} if it fails, or returns no bytes.
 * @throws IntegrityError if what it unwrapped has not the length of a key.
 */
export async function unwrapByProvider(
  provider: KeyProvider,
  blob: Uint8Array,
  context: WrapContext,
): Promise<SecretKey> {
  try {
    const bytes: unknown = await provider.unwrap(blob, context);
    if (!(bytes instanceof Uint8Array)) {
      throw new KeyProviderError(
        'The key provider unwrapped an owner key into something else than bytes.',
      );
    }
    return takeKey(bytes);
  } catch (error) {
    throw translate(error, 'unwrap', context);
  }
}

/**
 * A service's own error may carry an HTTP status and a text about the service,
 * which frameworks would hand to the client: it becomes the cause.
 */
function translate(
  error: unknown,
  action: 'wrap' | 'unwrap',
  { keyId }: WrapContext,
): FileEncryptorError {
  if (error instanceof FileEncryptorError) return error;
  return new KeyProviderError(
    `The key provider could not ${action} an owner key under ${keyId}; the cause is its own error.`,
    { cause: error },
  );
}
