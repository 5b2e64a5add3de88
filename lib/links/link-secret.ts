import { createHash, randomBytes } from 'node:crypto';

const SECRET_LENGTH = 32;
/** 32 bytes in base64url; the last character has two spare bits, which are 0. */
const SECRET = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** 32 random bytes in base64url, 43 characters: a link's secret, or a lease. */
export function newSecret(): string {
  return randomBytes(SECRET_LENGTH).toString('base64url');
}

/** Whether a value is spelt as {@link newSecret} spells; there is one spelling. */
export function isSecret(value: unknown): value is string {
  return typeof value === 'string' && SECRET.test(value);
}

/**
 * What a row has of a secret. Its 256 random bits need no salt, and cannot be
 * found by trying.
 *
 * @returns base64url of the SHA-256 of its characters.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
