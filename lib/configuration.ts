import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
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
import { TemporaryFolder } from './download/temporary-folder.js';
import type { FileEncryptorOptions } from './file-encryptor.options.js';
import { type PlainOptions, readPlainOptions } from './plain-options.js';

/** The options of one configuration: checked, opened and ready for use. */
export interface Configuration extends Omit<PlainOptions, 'tmpMaxBytes'> {
  readonly keys: KeyChain;
  readonly store: ObjectStore;
  readonly temporary: TemporaryFolder;
}

/**
 * Checks the options, opens the store and makes the folder for temporary files.
 * The checks that need no disk come first.
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
  const { tmpMaxBytes, ...plain } = readPlainOptions(options);
  const keys = new KeyChain(await resolveProvider(options.globalKey));
  const store = resolveStore(options);
  await openStore(store, options);
  const temporary = await TemporaryFolder.open({
    base: options.tmpDir,
    maxBytes: tmpMaxBytes,
    report: reportLeftBehind,
  });
  return { ...plain, keys, store, temporary };
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
    return new DiskStore(dataFolder(dataDir));
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

function dataFolder(dataDir: string | undefined): string {
  return dataDir ?? join(process.cwd(), 'data', 'uploads');
}

/** With the default store, what cannot be opened is the option's folder. */
async function openStore(
  store: ObjectStore,
  { store: own, dataDir }: FileEncryptorOptions,
): Promise<void> {
  const isNew = !own && !existsSync(dataFolder(dataDir));
  try {
    await store.open();
  } catch (cause) {
    if (own || !(cause instanceof StoreError)) throw cause;
    throw new ConfigurationError(
      `The folder of dataDir (FILE_ENCRYPTOR_DATA_DIR) cannot be used. ${cause.message}`,
      { cause },
    );
  }
  if (isNew) {
    logger.log(
      'The folder of dataDir (FILE_ENCRYPTOR_DATA_DIR) was not there, and was made. If files are stored already, it is another folder, or is not mounted.',
    );
  }
}
