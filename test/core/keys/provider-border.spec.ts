import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  FileEncryptorError,
  IntegrityError,
  KeyNotFoundError,
  KeyProviderError,
} from '../../../lib/core/errors.js';
import { KeyChain } from '../../../lib/core/keys/key-chain.js';
import type { KeyProvider } from '../../../lib/core/keys/key-provider.js';
import { rejectionOf } from '../thrown.js';
import { KeyService } from './key-service.js';

const OWNER = 'user=1';

/** A service that works, but for what is given here. */
function misbehaving(faults: Partial<Record<keyof KeyProvider, unknown>>) {
  const service = new KeyService();
  const provider = {
    primaryId: service.primaryId,
    wrap: service.wrap.bind(service),
    unwrap: service.unwrap.bind(service),
    ...faults,
  };
  return { service, chain: new KeyChain(provider as KeyProvider) };
}

/** As the client of a service throws it: with a status, and with an address. */
class ServiceError extends Error {
  readonly statusCode = 403;
  readonly status = 403;
  readonly expose = true;
}

const refusedByService = new ServiceError('https://vault.example.org says no');

async function refuse(): Promise<never> {
  throw refusedByService;
}

describe('a key management service in the place of global keys', () => {
  it('wraps tokens under ids and into blobs of its own', async () => {
    const service = new KeyService();
    const chain = new KeyChain(service);
    const { value, ownerKey } = await chain.createToken(OWNER);
    expect(value.startsWith(`1.${service.primaryId}.`)).toBe(true);
    expect((await chain.openToken(value, OWNER)).equals(ownerKey)).toBe(true);
    await expect(chain.openToken(value, 'user=2')).rejects.toThrow(
      IntegrityError,
    );
  });

  it('may exchange its primary key while the process runs', async () => {
    const service = new KeyService();
    const chain = new KeyChain(service);
    const { value, ownerKey } = await chain.createToken(OWNER);
    expect(await chain.rewrapToken(value, OWNER)).toBeUndefined();
    service.rotate();
    const rewrapped = (await chain.rewrapToken(value, OWNER)) ?? '';
    expect(rewrapped.startsWith(`1.${service.primaryId}.`)).toBe(true);
    for (const one of [value, rewrapped]) {
      expect((await chain.openToken(one, OWNER)).equals(ownerKey)).toBe(true);
    }
  });

  it('is asked for the primary id once for each token', async () => {
    const service = new KeyService();
    const provider: KeyProvider = {
      get primaryId() {
        service.rotate();
        return service.primaryId;
      },
      wrap: (key, context) => service.wrap(key, context),
      unwrap: (blob, context) => service.unwrap(blob, context),
    };
    const chain = new KeyChain(provider);
    const { value, ownerKey } = await chain.createToken(OWNER);
    expect((await chain.openToken(value, OWNER)).equals(ownerKey)).toBe(true);
  });
});

describe('a key provider that misbehaves', () => {
  it.each([undefined, null, 7, '', 'a b', 'a\nb', 'clé', 'x'.repeat(257)])(
    'is refused as a configuration with the primary id %j',
    async (primaryId) => {
      const { chain, service } = misbehaving({ primaryId });
      const error = await rejectionOf(chain.createToken(OWNER));
      expect(error).toBeInstanceOf(ConfigurationError);
      const { value } = await new KeyChain(service).createToken(OWNER);
      await expect(chain.rewrapToken(value, OWNER)).rejects.toThrow(
        ConfigurationError,
      );
    },
  );

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no byte', new Uint8Array(0)],
    ['4097 bytes', new Uint8Array(4097)],
    ['a text', 'AAEC'],
    ['a list', [0, 1, 2]],
  ])('is told from a full one when it wraps into %s', async (_what, blob) => {
    const { chain } = misbehaving({ wrap: async () => blob });
    const error = await rejectionOf(chain.createToken(OWNER));
    expect(error).toBeInstanceOf(KeyProviderError);
    expect(String(error)).toContain('1 to 4096 bytes');
  });

  it('may wrap into 4096 bytes', async () => {
    const { chain } = misbehaving({ wrap: async () => randomBytes(4096) });
    const { value } = await chain.createToken(OWNER);
    const error = await rejectionOf(chain.openToken(value, OWNER));
    expect(error).toBeInstanceOf(IntegrityError);
  });

  it.each([0, 16, 31, 33, 64])(
    'fails as damage when it unwraps %d bytes, and they are wiped',
    async (length) => {
      const wrong = randomBytes(length);
      const { chain, service } = misbehaving({ unwrap: async () => wrong });
      const { value } = await new KeyChain(service).createToken(OWNER);
      const error = await rejectionOf(chain.openToken(value, OWNER));
      expect(error).toBeInstanceOf(IntegrityError);
      expect(wrong).toEqual(Buffer.alloc(length));
    },
  );

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text of 32 letters', 'x'.repeat(32)],
    ['a list of 32 numbers', Array.from({ length: 32 }, (_, at) => at)],
  ])('fails when it unwraps %s', async (_what, key) => {
    const { chain, service } = misbehaving({ unwrap: async () => key });
    const { value } = await new KeyChain(service).createToken(OWNER);
    const error = await rejectionOf(chain.openToken(value, OWNER));
    expect(error).toBeInstanceOf(KeyProviderError);
  });

  it('that throws gets its error as a cause, which no client sees', async () => {
    const { chain, service } = misbehaving({ wrap: refuse, unwrap: refuse });
    const { value } = await new KeyChain(service).createToken(OWNER);
    const errors = [
      await rejectionOf(chain.createToken(OWNER)),
      await rejectionOf(chain.openToken(value, OWNER)),
    ] as FileEncryptorError[];
    for (const error of errors) {
      expect(error).toBeInstanceOf(KeyProviderError);
      expect(error.cause).toBe(refusedByService);
      expect(error.message).not.toContain('vault.example.org');
      expect(error.message).toContain(service.primaryId);
      expect(error).toMatchObject({ statusCode: 500, expose: false });
    }
  });

  it('that throws at once is told in the same way', async () => {
    const { chain } = misbehaving({
      wrap: () => {
        throw refusedByService;
      },
    });
    const error = await rejectionOf(chain.createToken(OWNER));
    expect(error).toBeInstanceOf(KeyProviderError);
  });

  it('may throw an error of this package, which says more', async () => {
    const missing = new KeyNotFoundError('The service has lost this key.');
    const { chain, service } = misbehaving({
      unwrap: async () => {
        throw missing;
      },
    });
    const { value } = await new KeyChain(service).createToken(OWNER);
    expect(await rejectionOf(chain.openToken(value, OWNER))).toBe(missing);
  });

  it('is given a key to wrap that is wiped afterwards, come what may', async () => {
    const given: Uint8Array[] = [];
    const keep = async (key: Uint8Array) => {
      given.push(key);
      expect(Buffer.from(key)).not.toEqual(Buffer.alloc(32));
      if (given.length === 2) throw refusedByService;
      return Buffer.from('wrapped');
    };
    const { chain } = misbehaving({ wrap: keep });
    await chain.createToken(OWNER);
    await rejectionOf(chain.createToken(OWNER));
    expect(given.map((key) => Buffer.from(key))).toEqual([
      Buffer.alloc(32),
      Buffer.alloc(32),
    ]);
  });
});
