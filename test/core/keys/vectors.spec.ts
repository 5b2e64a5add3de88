import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openInformation } from '../../../lib/core/keys/file-information.js';
import { KeyChain, unwrapDataKey } from '../../../lib/core/keys/key-chain.js';
import { keyId } from '../../../lib/core/keys/key-id.js';
import { Keyring } from '../../../lib/core/keys/keyring.js';
import { deriveGlobalKey } from '../../../lib/core/keys/passphrase.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { readKeyVectors } from '../../vectors/keys/vectors.js';

const vectors = readKeyVectors();
const FILE = new URL('../../vectors/keys/vectors.json', import.meta.url);

const fromHex = (hex: string) => SecretKey.from(Buffer.from(hex, 'hex'));
const toHex = (key: SecretKey) => key.toBytes().toString('hex');

describe('what version 1 wrote', () => {
  it('stands unchanged', () => {
    const digest = createHash('sha256').update(readFileSync(FILE));
    expect(digest.digest('hex')).toBe(
      '7075686e08f79b54ab4079203eafbdcd3bd99fadcdfe99f84ad9ffaa95eee88b',
    );
  });

  it.each(vectors.keyIds)('key $key has the id $id', ({ key, id }) => {
    expect(keyId(fromHex(key))).toBe(id);
  });

  it.each(vectors.tokens)('the token of $owner opens', async (vector) => {
    const chain = new KeyChain(new Keyring([fromHex(vector.globalKey)]));
    const ownerKey = await chain.openToken(vector.value, vector.owner);
    expect(toHex(ownerKey)).toBe(vector.ownerKey);
  });

  it.each(vectors.dataKeys)('the data key of $filename opens', (vector) => {
    const { ownerKey, text, filename } = vector;
    const dataKey = unwrapDataKey(fromHex(ownerKey), text, filename);
    expect(toHex(dataKey)).toBe(vector.dataKey);
  });

  it.each(vectors.information)('the information $type opens', (vector) => {
    const { dataKey, text, filename, name, type, size } = vector;
    const information = openInformation(fromHex(dataKey), text, filename);
    expect(information).toEqual({ name, type, size });
  });

  it.each(vectors.passphrases)('$passphrase gives its key', async (vector) => {
    expect(toHex(await deriveGlobalKey(vector))).toBe(vector.key);
  });
});
