import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  KeyNotFoundError,
} from '../../../lib/core/errors.js';
import { keyId } from '../../../lib/core/keys/key-id.js';
import { Keyring } from '../../../lib/core/keys/keyring.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { disclosed } from '../disclosure.js';
import { rejectionOf, thrownBy } from '../thrown.js';

const first = SecretKey.random();
const second = SecretKey.random();
const third = SecretKey.random();
const aad = Buffer.from('aad');

describe('a keyring', () => {
  it('wraps with its first key', async () => {
    const ring = new Keyring([second, first]);
    expect(ring.primaryId).toBe(keyId(second));
    const context = { keyId: ring.primaryId, aad };
    const wrapped = await ring.wrap(randomBytes(32), context);
    const alone = new Keyring([second]);
    await expect(alone.unwrap(wrapped, context)).resolves.toHaveLength(32);
  });

  it('unwraps with each of its keys', async () => {
    const ring = new Keyring([third, second, first]);
    for (const earlier of [first, second, third]) {
      const context = { keyId: keyId(earlier), aad };
      const key = randomBytes(32);
      const wrapped = await new Keyring([earlier]).wrap(key, context);
      await expect(ring.unwrap(wrapped, context)).resolves.toEqual(key);
    }
  });

  it('needs a key', () => {
    const error = thrownBy(() => new Keyring([]));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain('npx --no-install file-encryptor keygen');
  });

  it.each([
    ['the primary', [first, first]],
    ['an earlier one', [second, first, third, first]],
    ['a copy of one', [second, first, SecretKey.from(first.toBytes())]],
  ])('refuses %s twice', (_which, keys) => {
    const error = thrownBy(() => new Keyring(keys));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain('the same key twice');
  });

  it('names a key that it does not have, and shows none that it has', async () => {
    const ring = new Keyring([first, second]);
    const unwrapping = ring.unwrap(randomBytes(138), {
      keyId: keyId(third),
      aad,
    });
    const error = await rejectionOf(unwrapping);
    expect(error).toBeInstanceOf(KeyNotFoundError);
    expect(String(error)).toContain(`Key ${keyId(third)} is not available`);
    expect(String(error)).toContain('none of the configured global keys (');
    expect(disclosed(String(error), first.toBytes())).toEqual([]);
    expect(disclosed(String(error), third.toBytes())).toEqual([]);
  });
});
