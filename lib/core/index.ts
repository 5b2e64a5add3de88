export {
  ConfigurationError,
  type ErrorCode,
  FileEncryptorError,
  FileNotFoundError,
  FormatError,
  IntegrityError,
  KeyNotFoundError,
  KeyProviderError,
  LinkError,
  type LinkErrorCode,
  ObjectNotFoundError,
  OwnerError,
  PreconditionFailedError,
  RangeNotSatisfiableError,
  StoreError,
  UploadError,
  type UploadErrorCode,
  WrongKeyError,
} from './errors.js';
export { KEY_LENGTH, SecretKey } from './secret-key.js';
export { createDecryptStream } from './floe/decrypt-stream.js';
export { createEncryptStream } from './floe/encrypt-stream.js';
export {
  type ByteRange,
  containerSize,
  plaintextSize,
  segmentCount,
  segmentOffset,
  segmentsOfRange,
} from './floe/geometry.js';
export {
  beginMessage,
  type BeginOptions,
  openMessage,
  type OpenOptions,
} from './floe/message.js';
export {
  DEFAULT_CHUNK_SIZE,
  HEADER_LENGTH,
  MAX_CHUNK_SIZE,
  MIN_CHUNK_SIZE,
  SEGMENT_OVERHEAD,
} from './floe/parameters.js';
export { SegmentCipher } from './floe/segment-cipher.js';
export { type FileInformation } from './keys/file-information.js';
export { parseGlobalKey } from './keys/global-key.js';
export { type KeyProvider, type WrapContext } from './keys/key-provider.js';
export { Keyring } from './keys/keyring.js';
export { deriveGlobalKey, type Passphrase } from './keys/passphrase.js';
export { DiskStore, type DiskStoreOptions } from './store/disk-store.js';
export {
  type ObjectEntry,
  type ObjectReader,
  ObjectStore,
  type ObjectWriter,
} from './store/object-store.js';
export { parseObjectKey } from './store/object-key.js';
