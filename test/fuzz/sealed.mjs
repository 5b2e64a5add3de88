import { readFileSync } from 'node:fs';

/** @import { Target } from './campaign.mjs' */

const FOLDER = new URL('../vectors/keys/', import.meta.url);
const TEXT_WORDS = ['.', '1.', '=', '+', '/', ' ', '\n', '\0', 'é'];
const JSON_WORDS = [
  'null',
  'true',
  '-1',
  '0',
  '1',
  '0.5',
  '1e400',
  '-0',
  '9007199254740991',
  '9007199254740992',
  '[',
  '{',
  '}',
  '"',
  ',',
  ':',
  '\\u0000',
  '\\ud800',
  '"__proto__":',
  '"size":',
  '"name":',
  '"type":',
  '"detected":',
  '"expiresAt":',
  '"notBefore":',
  '"maxDownloads":',
  '"password":',
  ' ',
];

const INFORMATION = ['name', 'type', 'size', 'detected'];
const TERMS = ['expiresAt', 'notBefore', 'maxDownloads', 'password'];

/**
 * A kind of object that is sealed as JSON.
 *
 * @typedef {object} Kind
 * @property {string} group
 * @property {readonly any[]} vectors
 * @property {string} purpose
 * @property {(vector: any) => string} binding
 * @property {readonly string[]} names - Of its members.
 * @property {(value: any) => boolean} isRight
 * @property {(key: any, text: string, binding: string) => unknown} open
 */

/**
 * Sealed information and link terms: changed where they lie, and with any JSON in
 * them, as if the attacker had the key.
 *
 * @param {any} library
 * @returns {Target[]}
 */
export function sealedTargets(library) {
  return kinds(library).flatMap((kind) =>
    kind.vectors.flatMap((_, at) => [
      sealedText(library, kind, at),
      sealedJson(library, kind, at),
    ]),
  );
}

/** @param {any} library @returns {Kind[]} */
function kinds({ openInformation, openTerms }) {
  return [
    {
      group: 'information',
      vectors: read('vectors.json').information,
      purpose: 'info',
      binding: ({ filename }) => filename,
      names: INFORMATION,
      isRight: ({ name, type, size, detected }) =>
        typeof name === 'string' &&
        typeof type === 'string' &&
        isCount(size) &&
        (detected === undefined || typeof detected === 'string'),
      open: openInformation,
    },
    {
      group: 'terms',
      vectors: read('link-terms.json'),
      purpose: 'link',
      binding: ({ hash }) => hash,
      names: TERMS,
      isRight: ({ expiresAt, notBefore, maxDownloads, password }) =>
        isCount(expiresAt) &&
        (notBefore === null || isCount(notBefore)) &&
        isCount(maxDownloads) &&
        maxDownloads > 0 &&
        (password === null || typeof password === 'string'),
      open: openTerms,
    },
  ];
}

/** @param {any} library @param {Kind} kind @param {number} at @returns {Target} */
function sealedText(
  { SecretKey },
  { group, vectors, names, binding, open },
  at,
) {
  const vector = vectors[at];
  const key = SecretKey.from(Buffer.from(vector.dataKey, 'hex'));
  // Some vectors belong to the same file: each opens in the place of another.
  const alike = vectors.filter(
    (other) =>
      other.dataKey === vector.dataKey && binding(other) === binding(vector),
  );
  return {
    group,
    id: `${group}:${at}`,
    seed: Buffer.from(vector.text),
    codes: ['INTEGRITY', 'FORMAT'],
    words: TEXT_WORDS,
    isSealed: true,
    expected: (input) => {
      const found = alike.find(({ text }) => text === input.toString());
      return found && only(found, names);
    },
    read: (input) => open(key, input.toString(), binding(vector)),
  };
}

/** @param {any} library @param {Kind} kind @param {number} at @returns {Target} */
function sealedJson(library, kind, at) {
  const { SecretKey, associatedData, encryptShort } = library;
  const { group, vectors, names, binding, isRight, open, purpose } = kind;
  const vector = vectors[at];
  const key = SecretKey.from(Buffer.from(vector.dataKey, 'hex'));
  const aad = associatedData(purpose, binding(vector));
  return {
    group: `${group}-json`,
    id: `${group}-json:${at}`,
    seed: Buffer.from(JSON.stringify(only(vector, names))),
    codes: ['INTEGRITY'],
    words: JSON_WORDS,
    expected: (input) => {
      const value = membersOf(input);
      return isRight(value) ? only(value, names) : undefined;
    },
    read: (input) => {
      const message = encryptShort(key, input, aad).toString('base64url');
      return open(key, `1.${message}`, binding(vector));
    },
  };
}

/** @param {Buffer} input @returns {any} */
function membersOf(input) {
  try {
    return JSON.parse(input.toString()) ?? {};
  } catch {
    return {};
  }
}

/** @param {unknown} value */
function isCount(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** @param {any} value @param {readonly string[]} names */
function only(value, names) {
  return Object.fromEntries(names.map((name) => [name, value[name]]));
}

/** @param {string} name @returns {any} */
function read(name) {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
}
