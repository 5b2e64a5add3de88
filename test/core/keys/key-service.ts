import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { IntegrityError, KeyNotFoundError } from '../../../lib/core/errors.js';
import type {
  KeyProvider,
  WrapContext,
} from '../../../lib/core/keys/key-provider.js';

const METADATA_LENGTH = 180;
const NONCE_END = METADATA_LENGTH + 12;

/**
 * A provider as a key management service makes one: keys that never leave it,
 * ids with dots, colons and slashes, answers that come later, and blobs that
 * are larger than ours.
 *
 * blob = metadata(180) ‖ nonce(12) ‖ ciphertext ‖ tag(16)
 */
export class KeyService implements KeyProvider {
  readonly #keys = new Map<string, Buffer>();
  #primaryId = '';

  constructor() {
    this.rotate();
  }

  get primaryId(): string {
    return this.#primaryId;
  }

  /** A new primary key; the earlier ones stay. */
  rotate(): void {
    const version = this.#keys.size + 1;
    this.#primaryId = `arn:kms:eu-1:2.718:key/files.example.org/v${version}`;
    this.#keys.set(this.#primaryId, randomBytes(32));
  }

  async wrap(key: Uint8Array, context: WrapContext): Promise<Uint8Array> {
    const copy = Buffer.from(key);
    await setImmediate();
    const metadata = randomBytes(METADATA_LENGTH);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#get(context), nonce);
    cipher.setAAD(Buffer.concat([metadata, context.aad]));
    const sealed = Buffer.concat([cipher.update(copy), cipher.final()]);
    return Buffer.concat([metadata, nonce, sealed, cipher.getAuthTag()]);
  }

  async unwrap(wrapped: Uint8Array, context: WrapContext): Promise<Uint8Array> {
    const blob = Buffer.from(wrapped);
    await setImmediate();
    const key = this.#get(context);
    if (blob.length < NONCE_END + 16) throw new IntegrityError('Cut.');
    const nonce = blob.subarray(METADATA_LENGTH, NONCE_END);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    const metadata = blob.subarray(0, METADATA_LENGTH);
    decipher.setAAD(Buffer.concat([metadata, context.aad]));
    decipher.setAuthTag(blob.subarray(-16));
    const text = decipher.update(blob.subarray(NONCE_END, -16));
    try {
      return Buffer.concat([text, decipher.final()]);
    } catch (cause) {
      throw new IntegrityError('The service refuses this blob.', { cause });
    }
  }

  #get({ keyId }: WrapContext): Buffer {
    const key = this.#keys.get(keyId);
    if (!key) throw new KeyNotFoundError(`The service has no key ${keyId}.`);
    return key;
  }
}
