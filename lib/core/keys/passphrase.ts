import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { ConfigurationError } from '../errors.js';
import { KEY_LENGTH, SecretKey } from '../secret-key.js';
import { decodeKeyText } from './key-text.js';

/** A passphrase in a key's place, with the salt that belongs to it. */
export interface Passphrase {
  /** At least 16 characters; taken as it is, white space included. */
  readonly passphrase: string;
  /**
   * 16 random bytes: 32 hexadecimal digits, base64, or the bytes. Not secret;
   * kept with the configuration, since without it nothing can be read.
   */
  readonly salt: string | Uint8Array;
}

const MIN_CHARACTERS = 16;
const SALT_LENGTH = 16;
const COST = { N: 2 ** 17, r: 8, p: 1 } as const;
/** scrypt takes 128·N·r bytes, and a little more. */
const MAX_MEMORY = 128 * COST.N * COST.r + 4 * 1024 * 1024;

const derive = promisify<
  string,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);

/** Whether an option is a passphrase rather than a key. */
export function isPassphrase(value: unknown): value is Passphrase {
  return typeof value === 'object' && value !== null && 'passphrase' in value;
}

/**
 * Derives a global key: scrypt with N = 2^17, r = 8, p = 1 of the passphrase in
 * NFC. It takes 128 MiB for a moment, and does not block the event loop.
 *
 * @throws {@link ConfigurationError} if passphrase or salt are not usable, or the
 * memory is not to be had.
 */
export async function deriveGlobalKey({
  passphrase,
  salt,
}: Passphrase): Promise<SecretKey> {
  const text =
    typeof passphrase === 'string' ? passphrase.normalize('NFC') : '';
  if (Array.from(text).length < MIN_CHARACTERS) {
    throw new ConfigurationError(
      `A passphrase in the global key's place needs at least ${MIN_CHARACTERS} characters. Better make a key with: npx --no-install file-encryptor keygen`,
    );
  }
  const options = { ...COST, maxmem: MAX_MEMORY };
  const bytes = await derive(text, readSalt(salt), KEY_LENGTH, options).catch(
    (cause: unknown) => {
      throw noMemory(cause);
    },
  );
  const key = SecretKey.from(bytes);
  bytes.fill(0);
  return key;
}

/** With a passphrase and a salt that are usable, nothing else can be wrong. */
function noMemory(cause: unknown): ConfigurationError {
  return new ConfigurationError(
    `To derive the global key from a passphrase takes ${MAX_MEMORY / 2 ** 20} MiB of memory for a moment, and the system did not give them. Raise the memory limit of the process, or make a key, which needs none, with: npx --no-install file-encryptor keygen`,
    { cause },
  );
}

function readSalt(salt: unknown): Buffer {
  const bytes =
    typeof salt === 'string' ? decodeKeyText(salt, SALT_LENGTH) : salt;
  if (!(bytes instanceof Uint8Array) || bytes.length !== SALT_LENGTH) {
    throw new ConfigurationError(
      `The salt of a passphrase is ${SALT_LENGTH} random bytes, as 32 hexadecimal digits or base64. Make one with: npx --no-install file-encryptor keygen --salt`,
    );
  }
  if (new Set(bytes).size === 1) {
    throw new ConfigurationError(
      'The salt of a passphrase repeats one byte. Make one with: npx --no-install file-encryptor keygen --salt',
    );
  }
  return Buffer.from(bytes);
}
