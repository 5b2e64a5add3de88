import { describe, expect, it } from 'vitest';
import {
  FileEncryptorError,
  FormatError,
  IntegrityError,
  KeyNotFoundError,
  WrongKeyError,
} from '../../../lib/core/errors.js';
import {
  KeyChain,
  unwrapDataKey,
  wrapDataKey,
} from '../../../lib/core/keys/key-chain.js';
import { keyId } from '../../../lib/core/keys/key-id.js';
import { Keyring } from '../../../lib/core/keys/keyring.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { bitFlips, truncations } from '../damage.js';
import { disclosed } from '../disclosure.js';
import { rejectionOf, thrownBy } from '../thrown.js';

const wrapping = SecretKey.random();
const other = SecretKey.random();
const chain = new KeyChain(new Keyring([wrapping, other]));
const { value: token, ownerKey } = await chain.createToken('user=1');

/** A wrapped key, what it holds, and how its text opens under a binding. */
interface Link {
  readonly text: string;
  readonly key: SecretKey;
  readonly binding: string;
  open(text: string, binding?: string): Promise<SecretKey>;
}

const dataKey = SecretKey.random();

const LINKS: Readonly<Record<'token' | 'data key', Link>> = {
  token: {
    text: token,
    key: ownerKey,
    binding: 'user=1',
    open: (text, owner = 'user=1') => chain.openToken(text, owner),
  },
  'data key': {
    text: wrapDataKey(wrapping, dataKey, 'f'.repeat(32)),
    key: dataKey,
    binding: 'f'.repeat(32),
    open: async (text, filename = 'f'.repeat(32)) =>
      unwrapDataKey(wrapping, text, filename),
  },
};

function takeApart(text: string): { id: string; blob: Buffer } {
  const [, id = '', encoded = ''] = text.split('.');
  return { id, blob: Buffer.from(encoded, 'base64url') };
}

describe.each(Object.entries(LINKS))('a wrapped %s', (_name, link) => {
  const { id, blob } = takeApart(link.text);
  const withBlob = (bytes: Buffer) => `1.${id}.${bytes.toString('base64url')}`;

  it('opens', async () => {
    expect((await link.open(link.text)).equals(link.key)).toBe(true);
    expect((await link.open(withBlob(blob))).equals(link.key)).toBe(true);
  });

  it('names the key that wrapped it, in 200 characters', () => {
    expect(id).toBe(keyId(wrapping));
    expect(link.text).toHaveLength(2 + 11 + 1 + 184);
    expect(link.text).toMatch(/^1\.[A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]{184}$/);
  });

  it('shows nothing of either key', () => {
    for (const key of [wrapping, link.key]) {
      expect(disclosed(link.text, key.toBytes())).toEqual([]);
      expect(disclosed(blob.toString('latin1'), key.toBytes())).toEqual([]);
    }
  });

  it('is refused with any bit of its blob flipped', async () => {
    for (const changed of bitFlips(blob)) {
      await expect(link.open(withBlob(changed))).rejects.toThrow(
        IntegrityError,
      );
    }
  });

  it('is refused cut at any character, with an error that tells no key', async () => {
    for (const cut of truncations(link.text)) {
      const error = await rejectionOf(link.open(cut));
      expect(error).toBeInstanceOf(FormatError);
      expect(disclosed(String(error), link.key.toBytes())).toEqual([]);
    }
  });

  it('is refused with any character exchanged', async () => {
    for (let at = 0; at < link.text.length; at += 1) {
      for (const character of 'AQz_9.=+ \n2') {
        if (character === link.text[at]) continue;
        const changed =
          link.text.slice(0, at) + character + link.text.slice(at + 1);
        expect(await rejectionOf(link.open(changed))).toBeInstanceOf(
          FileEncryptorError,
        );
      }
    }
  });

  it.each([
    ['with padding', (text: string) => `${text}=`],
    ['with white space behind it', (text: string) => `${text} `],
    ['with white space before it', (text: string) => ` ${text}`],
    ['with a line end', (text: string) => `${text}\n`],
    ['with a byte more', (text: string) => `${text}AA`],
    ['twice, a line each', (text: string) => `${text}\n${text}`],
    ['of version 2', (text: string) => text.replace(/^1/, '2')],
    ['in hexadecimal', () => `1.${id}.${blob.toString('hex')}`],
  ])('is refused %s', async (_how, respell) => {
    const error = await rejectionOf(link.open(respell(link.text)));
    expect(error).toBeInstanceOf(FormatError);
  });

  it.each(['', 'user=2', 'user=1 ', 'USER=1', `${'f'.repeat(31)}e`])(
    'is refused for another row: %j',
    async (binding) => {
      await expect(link.open(link.text, binding)).rejects.toThrow(
        IntegrityError,
      );
    },
  );

  it('is another each time', async () => {
    expect((await chain.createToken('user=1')).value).not.toBe(token);
    const again = wrapDataKey(wrapping, dataKey, link.binding);
    expect(again).not.toBe(link.text);
  });
});

describe('the purpose of a wrapped key', () => {
  it('keeps a token from opening as a data key, and the reverse', async () => {
    const asDataKey = () => unwrapDataKey(wrapping, token, 'user=1');
    expect(asDataKey).toThrow(IntegrityError);
    expect(asDataKey).not.toThrow(WrongKeyError);
    const text = wrapDataKey(wrapping, dataKey, 'user=1');
    await expect(chain.openToken(text, 'user=1')).rejects.toThrow(
      IntegrityError,
    );
    expect(unwrapDataKey(wrapping, text, 'user=1').equals(dataKey)).toBe(true);
  });
});

describe('the key id of a wrapped key', () => {
  it('cannot be exchanged for that of another global key', async () => {
    const moved = token.replace(keyId(wrapping), keyId(other));
    await expect(chain.openToken(moved, 'user=1')).rejects.toThrow(
      IntegrityError,
    );
  });

  it('of a token tells which global key is missing', async () => {
    const without = new KeyChain(new Keyring([other]));
    const error = await rejectionOf(without.openToken(token, 'user=1'));
    expect(error).toBeInstanceOf(KeyNotFoundError);
    expect(String(error)).toContain(keyId(wrapping));
  });

  it('of a data key tells that the owner key is another', () => {
    const { text, binding } = LINKS['data key'];
    const error = thrownBy(() => unwrapDataKey(other, text, binding));
    expect(error).toBeInstanceOf(WrongKeyError);
    expect(String(error)).toContain(keyId(wrapping));
    expect(String(error)).toContain(keyId(other));
    for (const key of [wrapping, other, dataKey]) {
      expect(disclosed(String(error), key.toBytes())).toEqual([]);
    }
  });

  it('of a data key cannot be exchanged either', () => {
    const { text, binding } = LINKS['data key'];
    const moved = text.replace(keyId(wrapping), keyId(other));
    expect(() => unwrapDataKey(other, moved, binding)).toThrow(IntegrityError);
    expect(() => unwrapDataKey(wrapping, moved, binding)).toThrow(
      WrongKeyError,
    );
  });
});

describe('rewrapping a token', () => {
  const rotated = new KeyChain(new Keyring([other, wrapping]));

  it('exchanges the wrapping key and keeps the owner key', async () => {
    const value = (await rotated.rewrapToken(token, 'user=1')) ?? '';
    expect(takeApart(value).id).toBe(keyId(other));
    const alone = new KeyChain(new Keyring([other]));
    const opened = await alone.openToken(value, 'user=1');
    expect(opened.equals(ownerKey)).toBe(true);
  });

  it('leaves what is under the primary key', async () => {
    expect(await chain.rewrapToken(token, 'user=1')).toBeUndefined();
    const value = (await rotated.rewrapToken(token, 'user=1')) ?? '';
    expect(await rotated.rewrapToken(value, 'user=1')).toBeUndefined();
  });

  it('keeps the binding', async () => {
    await expect(rotated.rewrapToken(token, 'user=2')).rejects.toThrow(
      IntegrityError,
    );
    const value = (await rotated.rewrapToken(token, 'user=1')) ?? '';
    await expect(rotated.openToken(value, 'user=2')).rejects.toThrow(
      IntegrityError,
    );
  });

  it('refuses a value that is no token, and a key that it does not have', async () => {
    await expect(rotated.rewrapToken('nonsense', 'user=1')).rejects.toThrow(
      FormatError,
    );
    const strange = new KeyChain(new Keyring([SecretKey.random()]));
    await expect(strange.rewrapToken(token, 'user=1')).rejects.toThrow(
      KeyNotFoundError,
    );
  });

  it('step by step never leaves a process that cannot read', async () => {
    const before = new KeyChain(new Keyring([wrapping]));
    const prepared = new KeyChain(new Keyring([wrapping, other]));
    const after = new KeyChain(new Keyring([other]));
    const values: string[] = [];
    // Each step is rolled out while processes of the step before still run.
    const steps = [
      [before, prepared],
      [prepared, rotated],
    ];
    for (const running of steps) {
      for (const process of running) {
        values.push((await process.createToken('user=1')).value);
      }
      for (const process of running) {
        const opened = values.map((one) => process.openToken(one, 'user=1'));
        await expect(Promise.all(opened)).resolves.toHaveLength(values.length);
      }
    }
    for (const value of values) {
      const rewrapped = await rotated.rewrapToken(value, 'user=1');
      const opened = await after.openToken(rewrapped ?? value, 'user=1');
      const original = await rotated.openToken(value, 'user=1');
      expect(opened.equals(original)).toBe(true);
    }
  });
});
