import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import {
  DEFAULT_CHUNK_SIZE,
  isChunkSize,
  MAX_CHUNK_SIZE,
  MIN_CHUNK_SIZE,
} from './core/floe/parameters.js';
import { ConfigurationError, StoreError } from './core/errors.js';
import type { SecretKey } from './core/secret-key.js';
import { parseGlobalKey } from './core/keys/global-key.js';
import type { KeyProvider } from './core/keys/key-provider.js';
import { KeyChain } from './core/keys/key-chain.js';
import { Keyring } from './core/keys/keyring.js';
import { deriveGlobalKey, isPassphrase } from './core/keys/passphrase.js';
import { primaryIdOf } from './core/keys/provider-border.js';
import { DiskStore } from './core/store/disk-store.js';
import { ObjectStore } from './core/store/object-store.js';
import { type Delivery, isDelivery } from './download/delivery.js';
import { TemporaryFolder } from './download/temporary-folder.js';
import { DEFAULT_TMP_MAX_BYTES } from './download/temporary-space.js';
import type { FileEncryptorOptions } from './file-encryptor.options.js';
import {
  DEFAULT_IDLE_TIMEOUT,
  MAX_IDLE_TIMEOUT,
} from './transfer/idle-watch.js';
import {
  checkUploadLimits,
  type UploadLimits,
} from './upload/upload-options.js';

/** The options of one configuration: checked, opened and ready for use. */
export interface Configuration {
  readonly keys: KeyChain;
  readonly store: ObjectStore;
  readonly temporary: TemporaryFolder;
  readonly chunkSize: number;
  readonly delivery: Delivery;
  readonly limits: UploadLimits;
  /** Seconds. */
  readonly linkLease: number;
  /** Seconds. */
  readonly idleTimeout: number;
}

/**
 * Checks the options, opens the store and makes the folder for temporary files.
 * The cheap checks come first: a start that fails has made nothing.
 *
 * @throws {@link ConfigurationError} in one line that says what to do.
 */
export async function openConfiguration(
  options: FileEncryptorOptions,
): Promise<Configuration> {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(
      'FileEncryptorModule needs options: give forRoot an object with a globalKey, or let the factory of forRootAsync return one.',
    );
  }
  refuseExtras(options);
  const { chunkSize = DEFAULT_CHUNK_SIZE, delivery = 'temp-file' } = options;
  checkChunkSize(chunkSize);
  checkDelivery(delivery);
  const limits = checkUploadLimits(options.limits);
  const { linkLease = DEFAULT_LINK_LEASE } = options;
  checkSeconds('linkLease', linkLease, {
    most: MAX_LINK_LEASE,
    usual: DEFAULT_LINK_LEASE,
  });
  const { idleTimeout = DEFAULT_IDLE_TIMEOUT } = options;
  checkSeconds('idleTimeout', idleTimeout, {
    most: MAX_IDLE_TIMEOUT,
    usual: DEFAULT_IDLE_TIMEOUT,
  });
  const { tmpMaxBytes = DEFAULT_TMP_MAX_BYTES } = options;
  checkTmpMaxBytes(tmpMaxBytes);
  const keys = new KeyChain(await resolveProvider(options.globalKey));
  const store = resolveStore(options);
  await openStore(store, options);
  const temporary = await TemporaryFolder.open({
    base: options.tmpDir,
    maxBytes: tmpMaxBytes,
    report: reportLeftBehind,
  });
  return {
    keys,
    store,
    temporary,
    chunkSize,
    delivery,
    limits,
    linkLease,
    idleTimeout,
  };
}

const logger = new Logger('FileEncryptor');

function reportLeftBehind(error: unknown): void {
  logger.warn(
    `A temporary file or folder could not be removed; the next start tries again: ${String(error)}`,
  );
}

/** They decide what can be injected, before a factory has run. */
function refuseExtras(options: object): void {
  for (const extra of ['entities', 'name', 'dataSource', 'flask', 'isGlobal']) {
    if (extra in options) {
      throw new ConfigurationError(
        `forRootAsync takes ${extra} beside the factory: move it there, out of what the factory returns.`,
      );
    }
  }
}

function checkChunkSize(chunkSize: unknown): void {
  if (typeof chunkSize !== 'number' || !isChunkSize(chunkSize)) {
    throw new ConfigurationError(
      `chunkSize (FILE_ENCRYPTOR_CHUNK_SIZE) must be an integer from ${MIN_CHUNK_SIZE} to ${MAX_CHUNK_SIZE} bytes; leave it out for ${DEFAULT_CHUNK_SIZE}.`,
    );
  }
}

function checkTmpMaxBytes(bytes: unknown): void {
  if (!Number.isSafeInteger(bytes) || Number(bytes) < 0) {
    throw new ConfigurationError(
      `tmpMaxBytes (FILE_ENCRYPTOR_TMP_MAX_BYTES) must be a number of bytes, a safe integer from 0 on; leave it out for ${DEFAULT_TMP_MAX_BYTES}.`,
    );
  }
}

function checkDelivery(delivery: unknown): void {
  if (!isDelivery(delivery)) {
    throw new ConfigurationError(
      "delivery must be 'temp-file', 'verify' or 'stream'; leave it out for 'temp-file'.",
    );
  }
}

/** A quarter of an hour. */
const DEFAULT_LINK_LEASE = 900;
const MAX_LINK_LEASE = 86_400;

function checkSeconds(
  option: string,
  seconds: unknown,
  { most, usual }: { readonly most: number; readonly usual: number },
): void {
  const value = Number.isSafeInteger(seconds) ? Number(seconds) : 0;
  if (value < 1 || value > most) {
    throw new ConfigurationError(
      `${option} must be an integer from 1 to ${most} seconds; leave it out for ${usual}.`,
    );
  }
}

async function resolveProvider(
  globalKey: FileEncryptorOptions['globalKey'],
): Promise<KeyProvider> {
  if (isKeyProvider(globalKey)) {
    primaryIdOf(globalKey);
    return globalKey;
  }
  if (isPassphrase(globalKey)) {
    return new Keyring([await deriveGlobalKey(globalKey)]);
  }
  const keys: readonly unknown[] = Array.isArray(globalKey)
    ? globalKey
    : [globalKey];
  return new Keyring(keys.map(parseEntry));
}

function parseEntry(
  key: unknown,
  index: number,
  { length }: readonly unknown[],
): SecretKey {
  try {
    return parseGlobalKey(key);
  } catch (cause) {
    if (length === 1 || !(cause instanceof ConfigurationError)) throw cause;
    throw new ConfigurationError(
      `Key ${index + 1} of ${length}: ${cause.message}`,
      { cause },
    );
  }
}

function isKeyProvider(value: unknown): value is KeyProvider {
  const { wrap, unwrap } = Object(value) as Partial<KeyProvider>;
  return typeof wrap === 'function' && typeof unwrap === 'function';
}

function resolveStore({ store, dataDir }: FileEncryptorOptions): ObjectStore {
  if (store === undefined) {
    return new DiskStore(dataDir ?? join(process.cwd(), 'data', 'uploads'));
  }
  if (dataDir !== undefined) {
    throw new ConfigurationError(
      'Both store and dataDir (FILE_ENCRYPTOR_DATA_DIR) are set: dataDir is the folder of the default store, so leave one of them out.',
    );
  }
  if (!(store instanceof ObjectStore)) {
    throw new ConfigurationError(
      'store must be an instance of a class that extends ObjectStore.',
    );
  }
  return store;
}

/** With the default store, what cannot be opened is the option's folder. */
async function openStore(
  store: ObjectStore,
  { store: own }: FileEncryptorOptions,
): Promise<void> {
  try {
    await store.open();
  } catch (cause) {
    if (own || !(cause instanceof StoreError)) throw cause;
    throw new ConfigurationError(
      `The folder of dataDir (FILE_ENCRYPTOR_DATA_DIR) cannot be used. ${cause.message}`,
      { cause },
    );
  }
}
