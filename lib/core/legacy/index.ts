export {
  decryptLegacyName,
  encryptLegacyName,
  type LegacyName,
  type LegacyNameOptions,
} from './legacy-name.js';
export {
  type LegacyFile,
  readLegacyFile,
  type ReadLegacyOptions,
} from './read-legacy-file.js';
export {
  type AllowUnauthenticated,
  type Unauthenticated,
} from './unauthenticated.js';
export {
  writeLegacyFile,
  type WriteLegacyOptions,
} from './write-legacy-file.js';
