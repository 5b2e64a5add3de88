import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { IntegrityError, KeyNotFoundError } from '../../lib/core/errors.js';
import { KeyChain } from '../../lib/core/keys/key-chain.js';
import type {
  KeyProvider,
  WrapContext,
} from '../../lib/core/keys/key-provider.js';
import { bitFlips, truncations } from '../core/damage.js';

/** The same provider before and after its primary key was exchanged. */
export interface ProviderLife {
  /** With one key. */
  readonly provider: KeyProvider;
  /** Exchanges the primary key; the earlier one still unwraps. */
  rotate(): Promise<KeyProvider>;
}

/**
 * What every {@link KeyProvider} keeps.
 *
 * @param name - of the provider.
 * @param create - makes one, with a fresh key.
 */
export function keyProviderContract(
  name: string,
  create: () => Promise<ProviderLife>,
): void {
  describe(`${name}, as a key provider`, () => {
    let life: ProviderLife;
    let provider: KeyProvider;
    let key: Buffer;
    let context: WrapContext;

    beforeEach(async () => {
      life = await create();
      provider = life.provider;
      key = randomBytes(32);
      context = {
        keyId: provider.primaryId,
        aad: Buffer.from('bound to this'),
      };
    });

    it('has a primary id of 1 to 256 visible ASCII characters', () => {
      expect(provider.primaryId).toMatch(/^[!-~]{1,256}$/);
    });

    it('unwraps what it wrapped', async () => {
      const wrapped = await provider.wrap(key, context);
      const unwrapped = await provider.unwrap(wrapped, context);
      expect(Buffer.from(unwrapped)).toEqual(key);
    });

    it('wraps into 1 to 4096 bytes that do not hold the key', async () => {
      const wrapped = Buffer.from(await provider.wrap(key, context));
      expect(wrapped.length).toBeGreaterThan(0);
      expect(wrapped.length).toBeLessThanOrEqual(4096);
      for (let at = 0; at + 8 <= key.length; at += 1) {
        expect(wrapped.includes(key.subarray(at, at + 8))).toBe(false);
      }
    });

    it('leaves the key to its caller, who wipes it', async () => {
      const given = Buffer.from(key);
      const wrapped = await provider.wrap(given, context);
      expect(given).toEqual(key);
      given.fill(0);
      const unwrapped = await provider.unwrap(wrapped, context);
      expect(Buffer.from(unwrapped)).toEqual(key);
    });

    it('gives a fresh key each time, which its caller wipes', async () => {
      const wrapped = await provider.wrap(key, context);
      const before = Buffer.from(wrapped);
      (await provider.unwrap(wrapped, context)).fill(0);
      expect(Buffer.from(wrapped)).toEqual(before);
      const again = await provider.unwrap(wrapped, context);
      expect(Buffer.from(again)).toEqual(key);
    });

    it('keeps overlapping calls apart', async () => {
      const keys = Array.from({ length: 20 }, () => randomBytes(32));
      const contexts = keys.map((_, at) => ({
        keyId: context.keyId,
        aad: Buffer.of(at),
      }));
      const wrapped = await Promise.all(
        contexts.map((one, at) => provider.wrap(keys[at] ?? key, one)),
      );
      const unwrapped = await Promise.all(
        contexts.map((one, at) => provider.unwrap(wrapped[at] ?? key, one)),
      );
      expect(unwrapped.map((one) => Buffer.from(one))).toEqual(keys);
    });

    it('refuses a wrapped key under other associated data', async () => {
      const wrapped = await provider.wrap(key, context);
      for (const aad of ['', 'bound to that', 'bound to this ']) {
        const other = { ...context, aad: Buffer.from(aad) };
        await expect(provider.unwrap(wrapped, other)).rejects.toThrow(
          IntegrityError,
        );
      }
    });

    it('refuses a wrapped key of which any bit was changed', async () => {
      const wrapped = await provider.wrap(key, context);
      for (const changed of bitFlips(wrapped)) {
        await expect(provider.unwrap(changed, context)).rejects.toThrow(
          IntegrityError,
        );
      }
    });

    it('refuses a wrapped key that was cut or lengthened', async () => {
      const wrapped = await provider.wrap(key, context);
      const longer = Buffer.concat([wrapped, Buffer.of(0)]);
      for (const changed of [...truncations(wrapped), longer]) {
        await expect(provider.unwrap(changed, context)).rejects.toThrow(
          IntegrityError,
        );
      }
    });

    it('does not know an id that it never had, and names it', async () => {
      const wrapped = await provider.wrap(key, context);
      const strange = { ...context, keyId: 'no:such/key.1' };
      const unwrapping = provider.unwrap(wrapped, strange);
      await expect(unwrapping).rejects.toThrow(KeyNotFoundError);
      await expect(unwrapping).rejects.toThrow('no:such/key.1');
      await expect(provider.wrap(key, strange)).rejects.toThrow(
        KeyNotFoundError,
      );
    });

    it('unwraps after a rotation what it wrapped before', async () => {
      const wrapped = await provider.wrap(key, context);
      const later = await life.rotate();
      expect(later.primaryId).not.toBe(context.keyId);
      const unwrapped = await later.unwrap(wrapped, context);
      expect(Buffer.from(unwrapped)).toEqual(key);
    });

    it('refuses a wrapped key under the id of another of its keys', async () => {
      const wrapped = await provider.wrap(key, context);
      const later = await life.rotate();
      const moved = { ...context, keyId: later.primaryId };
      await expect(later.unwrap(wrapped, moved)).rejects.toThrow(
        IntegrityError,
      );
    });

    it('carries tokens through a rotation', async () => {
      const { value, ownerKey } = await new KeyChain(provider).createToken(
        'user=1',
      );
      const chain = new KeyChain(await life.rotate());
      const opened = await chain.openToken(value, 'user=1');
      expect(opened.equals(ownerKey)).toBe(true);
      const rewrapped = (await chain.rewrapToken(value, 'user=1')) ?? '';
      expect(rewrapped).not.toBe('');
      const again = await chain.openToken(rewrapped, 'user=1');
      expect(again.equals(ownerKey)).toBe(true);
      expect(await chain.rewrapToken(rewrapped, 'user=1')).toBeUndefined();
    });
  });
}
