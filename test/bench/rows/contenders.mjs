import { globalKey, OURS } from './row.mjs';

/** @import { Goal } from '../goal.mjs' */

/**
 * Who encrypts from file to file, or copies.
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} module - From the benchmark's folder.
 * @property {object} [options] - For the subject.
 */

/** @type {Contender} */
export const LIBRARY = {
  name: OURS,
  module: 'subjects/ours.mjs',
  options: { globalKey },
};

/** @type {Contender} */
export const COPIES = { name: 'plain copy', module: 'subjects/copies.mjs' };

/** @type {Record<string, Contender & { peer?: string, encrypt?: Goal, decrypt?: Goal }>} */
export const PEERS = {
  cbc: {
    name: 'the CBC pipeline snippet',
    module: 'subjects/cbc.mjs',
    encrypt: { least: 4 },
    decrypt: { least: 5 },
  },
  age: {
    name: 'age-encryption',
    peer: 'age-encryption',
    module: 'peers/age.mjs',
    encrypt: { least: 10 },
    decrypt: { least: 14 },
  },
  aws: {
    name: '@aws-crypto/client-node, defaults',
    peer: '@aws-crypto/client-node',
    module: 'peers/aws.mjs',
    encrypt: { least: 12 },
    decrypt: { least: 18 },
  },
  'aws-64k': {
    name: '@aws-crypto/client-node, frames of 64 KiB',
    peer: '@aws-crypto/client-node',
    module: 'peers/aws.mjs',
    options: { frameLength: 64 * 1024 },
  },
  sodium: {
    name: 'sodium-native secretstream',
    peer: 'sodium-native',
    module: 'peers/sodium.mjs',
  },
};
