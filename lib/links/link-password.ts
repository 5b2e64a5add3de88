import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import { FormatError } from '../core/errors.js';

const SALT_LENGTH = 16;
const HASH_LENGTH = 32;
const MAX_BYTES = 1024;
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
/** scrypt takes 128·N·r bytes, and a little more. */
const MAX_MEMORY = 128 * COST.N * COST.r + 4 * 1024 * 1024;
const STORED = /^1\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

const derive = promisify<
  string,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);

/** Each takes 32 MiB and a thread, which files are read and written on too. */
const turns = pLimit(2);

/** Whether a value can be a password: a text of 1 to 1024 bytes in NFC. */
export function isPassword(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  return Buffer.byteLength(value.normalize('NFC')) <= MAX_BYTES;
}

/**
 * Hashes a password with a new salt.
 *
 * @returns `1.<base64url of the salt(16)>.<base64url of the hash(32)>`.
 * @see KEYS.md, "Link terms"
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_LENGTH);
  const hash = await turns(() => hashWith(salt, password));
  return `1.${salt.toString('base64url')}.${hash.toString('base64url')}`;
}

/**
 * Compares a password with what {@link hashPassword} made, in constant time.
 *
 * @param mayTry - asked when its turn has come, before it is compared: those who
 * wait for their turn have not tried yet.
 * @returns undefined if it may not be tried.
 * @throws {@link FormatError} if that has another shape.
 */
export async function matchesPassword(
  password: string,
  stored: string,
  mayTry: () => Promise<boolean>,
): Promise<boolean | undefined> {
  const [, salt, hash] = STORED.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) {
    throw new FormatError(
      'The password of a link is the text 1.<salt>.<hash>; the sealed text is not.',
    );
  }
  return turns(async () => {
    if (!(await mayTry())) return undefined;
    const given = await hashWith(Buffer.from(salt, 'base64url'), password);
    return timingSafeEqual(given, Buffer.from(hash, 'base64url'));
  });
}

function hashWith(salt: Uint8Array, password: string): Promise<Buffer> {
  return derive(password.normalize('NFC'), salt, HASH_LENGTH, {
    ...COST,
    maxmem: MAX_MEMORY,
  });
}
