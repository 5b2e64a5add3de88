import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/core/errors.js';
import {
  deriveGlobalKey,
  isPassphrase,
} from '../../../lib/core/keys/passphrase.js';
import { rejectionOf } from '../thrown.js';

const PASSPHRASE = 'correct horse battery staple';
const SALT = '00112233445566778899aabbccddeeff';
/** As another implementation of scrypt gives it. */
const KEY = '383c0968df8f334694cccb4bbe115d0f1d4df21157c63ab9d7a040ffcaaab7c6';
const saltBytes = Buffer.from(SALT, 'hex');

const derive = async (passphrase: unknown, ...rest: readonly unknown[]) => {
  const [salt] = rest.length > 0 ? rest : [SALT];
  const key = await deriveGlobalKey({ passphrase, salt } as never);
  return key.toBytes().toString('hex');
};

describe('a passphrase', () => {
  it('gives the key of scrypt with N = 2^17, r = 8, p = 1', async () => {
    expect(await derive(PASSPHRASE)).toBe(KEY);
  });

  it('gives another key for another passphrase or salt', async () => {
    const keys = [
      KEY,
      await derive(`${PASSPHRASE} `),
      await derive(PASSPHRASE.toUpperCase()),
      await derive(PASSPHRASE, randomBytes(16)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('gives the same key however its accents are typed', async () => {
    const composed = 'Zo\u00eb liest im Garten';
    const decomposed = 'Zoe\u0308 liest im Garten';
    expect(await derive(decomposed)).toBe(await derive(composed));
  });

  it('leaves the event loop free while it is derived', async () => {
    const state = { turns: 0, isDerived: false };
    const deriving = derive(PASSPHRASE).finally(() => {
      state.isDerived = true;
    });
    while (!state.isDerived) {
      await setImmediate();
      state.turns += 1;
    }
    await deriving;
    // A derivation that blocked would let it turn once or twice.
    expect(state.turns).toBeGreaterThan(10);
  });

  it.each<[string, unknown]>([
    ['hexadecimal digits', SALT],
    ['capital digits', SALT.toUpperCase()],
    ['base64', saltBytes.toString('base64')],
    ['base64 without padding', saltBytes.toString('base64').slice(0, 22)],
    ['base64url', saltBytes.toString('base64url')],
    ['text with white space around it', ` ${SALT}\n`],
    ['a Buffer', saltBytes],
    ['a Uint8Array', new Uint8Array(saltBytes)],
  ])('takes a salt as %s', async (_form, salt) => {
    expect(await derive(PASSPHRASE, salt)).toBe(KEY);
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['empty', ''],
    ['15 letters', 'abcdefghijklmno'],
    ['15 letters of two code units', '😀'.repeat(15)],
    ['15 letters in NFC, 16 as typed', `abcdefghijklmne\u0308`],
    ['a number', 1234567890123456],
  ])('is refused when it is %s', async (_what, passphrase) => {
    const error = await rejectionOf(derive(passphrase));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain('at least 16 characters');
    expect(String(error)).not.toContain('abcdef');
  });

  it.each<[string, unknown]>([
    ['no', undefined],
    ['an empty', ''],
    ['a numeric', 16],
    ['a too short', SALT.slice(2)],
    ['a too long', `${SALT}00`],
    ['a short binary', saltBytes.subarray(1)],
    ['a long binary', Buffer.concat([saltBytes, Buffer.of(0)])],
    ['a spaced', SALT.replace(/(..)/g, '$1 ')],
    ['a spaced base64', saltBytes.toString('base64').replace('E', ' E')],
    ['an overpadded', `${saltBytes.toString('base64')}=`],
    [
      'a non-canonical base64',
      saltBytes.toString('base64url').replace(/.$/, '9'),
    ],
  ])('is refused with %s salt', async (_what, salt) => {
    const error = await rejectionOf(derive(PASSPHRASE, salt));
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toContain('16 random bytes');
    expect(String(error)).not.toContain('horse');
    expect(String(error)).not.toContain('112233');
  });

  it.each([0x00, 0x41])(
    'is refused with a salt of 16 bytes %d',
    async (byte) => {
      const salt = Buffer.alloc(16, byte).toString('hex');
      const error = await rejectionOf(derive(PASSPHRASE, salt));
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(String(error)).toContain('repeats one byte');
    },
  );

  it('is known from a key by its property', () => {
    expect(isPassphrase({ passphrase: PASSPHRASE, salt: SALT })).toBe(true);
    expect(isPassphrase({ passphrase: PASSPHRASE })).toBe(true);
    const others: readonly unknown[] = [PASSPHRASE, undefined, null, {}, []];
    expect(others.filter(isPassphrase)).toEqual([]);
  });
});
