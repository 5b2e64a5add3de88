import {
  DEFAULT_CHUNK_SIZE,
  isChunkSize,
  MAX_CHUNK_SIZE,
  MIN_CHUNK_SIZE,
} from './core/floe/parameters.js';
import { ConfigurationError } from './core/errors.js';
import { type Delivery, isDelivery } from './download/delivery.js';
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

/** The options that are plain values, checked; where one is absent, its default. */
export interface PlainOptions {
  readonly chunkSize: number;
  readonly delivery: Delivery;
  readonly limits: UploadLimits;
  /** Seconds. */
  readonly linkLease: number;
  /** Seconds. */
  readonly idleTimeout: number;
  readonly tmpMaxBytes: number;
}

/** @throws {@link ConfigurationError} in one line that says what to do. */
export function readPlainOptions({
  chunkSize = DEFAULT_CHUNK_SIZE,
  delivery = 'temp-file',
  limits,
  linkLease = DEFAULT_LINK_LEASE,
  idleTimeout = DEFAULT_IDLE_TIMEOUT,
  tmpMaxBytes = DEFAULT_TMP_MAX_BYTES,
}: FileEncryptorOptions): PlainOptions {
  checkChunkSize(chunkSize);
  checkDelivery(delivery);
  checkSeconds('linkLease', linkLease, {
    most: MAX_LINK_LEASE,
    usual: DEFAULT_LINK_LEASE,
  });
  checkSeconds('idleTimeout', idleTimeout, {
    most: MAX_IDLE_TIMEOUT,
    usual: DEFAULT_IDLE_TIMEOUT,
  });
  checkTmpMaxBytes(tmpMaxBytes);
  return {
    chunkSize,
    delivery,
    limits: checkUploadLimits(limits),
    linkLease,
    idleTimeout,
    tmpMaxBytes,
  };
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
