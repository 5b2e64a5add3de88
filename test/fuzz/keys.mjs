import { readFileSync } from 'node:fs';

/** @import { Target } from './campaign.mjs' */

const VECTORS = new URL('../vectors/keys/vectors.json', import.meta.url);
const DAMAGED = ['INTEGRITY', 'FORMAT'];
const WORDS = ['.', '1.', '=', '+', '/', ' ', '\n', '\0', 'é', '\u{1f600}'];

/**
 * What rows hold of keys.
 *
 * @param {any} library
 * @returns {Target[]}
 */
export function keyTargets(library) {
  const { tokens, dataKeys } = JSON.parse(readFileSync(VECTORS, 'utf8'));
  return [wrappedKey, openedToken, keyringBlob]
    .flatMap((target) => tokens.map(targetWith(target, library)))
    .concat(dataKeys.map(targetWith(unwrappedDataKey, library)));
}

/**
 * @param {(library: any, vector: any, at: number) => Target} target
 * @param {any} library
 */
function targetWith(target, library) {
  return (/** @type {any} */ vector, /** @type {number} */ at) =>
    target(library, vector, at);
}

/** @returns {Target} @param {any} library @param {any} vector @param {number} at */
function wrappedKey({ parseWrappedKey }, { value }, at) {
  return {
    group: 'wrapped-key',
    id: `wrapped-key:${at}`,
    seed: Buffer.from(value),
    codes: ['FORMAT'],
    words: WORDS,
    isSealed: true,
    expected: (input) => {
      const shape = /^1\.([!-~]{1,256})\.([\w-]+)$/;
      const [whole, keyId, encoded = ''] = shape.exec(input.toString()) ?? [];
      const blob = Buffer.from(encoded, 'base64url');
      const isRight =
        whole === input.toString() &&
        blob.length > 0 &&
        blob.length <= 4096 &&
        blob.toString('base64url') === encoded;
      return isRight ? { keyId, blob } : undefined;
    },
    read: (input) => parseWrappedKey(input.toString()),
  };
}

/** @returns {Target} @param {any} library @param {any} vector @param {number} at */
function unwrappedDataKey({ SecretKey, unwrapDataKey }, vector, at) {
  const ownerKey = SecretKey.from(Buffer.from(vector.ownerKey, 'hex'));
  const seed = Buffer.from(vector.text);
  return {
    group: 'data-key',
    id: `data-key:${at}`,
    seed,
    codes: [...DAMAGED, 'WRONG_KEY'],
    words: WORDS,
    isSealed: true,
    expected: (input) => (input.equals(seed) ? vector.dataKey : undefined),
    read: (input) => {
      const text = input.toString();
      return hexOf(unwrapDataKey(ownerKey, text, vector.filename));
    },
  };
}

/** @returns {Target} @param {any} library @param {any} vector @param {number} at */
function openedToken({ SecretKey, Keyring, KeyChain }, vector, at) {
  const globalKey = SecretKey.from(Buffer.from(vector.globalKey, 'hex'));
  const chain = new KeyChain(new Keyring([SecretKey.random(), globalKey]));
  const seed = Buffer.from(vector.value);
  return {
    group: 'token',
    id: `token:${at}`,
    seed,
    codes: [...DAMAGED, 'KEY_NOT_FOUND'],
    words: WORDS,
    isSealed: true,
    expected: (input) => (input.equals(seed) ? vector.ownerKey : undefined),
    read: async (input) => {
      return hexOf(await chain.openToken(input.toString(), vector.owner));
    },
  };
}

/** @returns {Target} @param {any} library @param {any} vector @param {number} at */
function keyringBlob(library, vector, at) {
  const { SecretKey, Keyring, associatedData, parseWrappedKey } = library;
  const globalKey = SecretKey.from(Buffer.from(vector.globalKey, 'hex'));
  const keyring = new Keyring([globalKey]);
  const { keyId, blob } = parseWrappedKey(vector.value);
  const aad = associatedData('token', keyId, vector.owner);
  return {
    group: 'keyring-blob',
    id: `keyring-blob:${at}`,
    seed: blob,
    codes: DAMAGED,
    expected: (input) => (input.equals(blob) ? vector.ownerKey : undefined),
    read: async (input) => {
      const bytes = await keyring.unwrap(input, { keyId, aad });
      return Buffer.from(bytes).toString('hex');
    },
  };
}

/** @param {any} key */
function hexOf(key) {
  return key.toBytes().toString('hex');
}
