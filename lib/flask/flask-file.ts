import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FormatError,
  ObjectNotFoundError,
  StoreError,
} from '../core/errors.js';
import { decryptLegacyName } from '../core/legacy/legacy-name.js';
import {
  type LegacyFile,
  readLegacyFile,
} from '../core/legacy/read-legacy-file.js';
import { isFilename } from '../core/store/object-key.js';
import { errnoName } from '../core/store/store-failure.js';
import type { FlaskRow } from './flask-rows.js';
import type { FlaskSource } from './flask-source.js';

/** An open file of the old application. Its content closes it: end or return it. */
export interface FlaskFile extends LegacyFile {
  /** As it was given there, whatever it holds: data, never a path. */
  readonly name: string;
  /** When the file was last written, epoch milliseconds. */
  readonly modifiedAt: number;
}

/** The old folder, or something in it, could not be read. */
export class FlaskFileError extends StoreError {}

/** Not blocking, for a planted named pipe would hold a thread for ever. */
const READ_FLAGS =
  constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const READ_BYTES = 64 * 1024;

/**
 * Opens the file of a row: a regular file of the old data folder itself. The
 * column `path` is the extension's own record of that folder, and is not used.
 *
 * @param token - the text of the owner's.
 * @throws {@link FormatError} if row or file cannot be what the extension wrote;
 * from `content` too.
 * @throws {@link ObjectNotFoundError} if there is no such file.
 * @throws {@link FlaskFileError} if it is no regular file or cannot be read; from
 * `content` too.
 */
export async function openFlaskFile(
  row: FlaskRow,
  token: string,
  source: FlaskSource,
): Promise<FlaskFile> {
  const name = flaskName(row, source);
  const handle = await openHandle(row, source);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw notRegular();
    const file = await readLegacyFile(chunksOf(handle), {
      token,
      length: stats.size,
      chunkSize: source.chunkSize,
      ...LEAVE,
    });
    return { ...file, name, modifiedAt: Math.floor(stats.mtimeMs) };
  } catch (error) {
    await handle.close();
    throw failure(error);
  }
}

/**
 * Decrypts the name of a row.
 *
 * @throws {@link FormatError} if it is none, or no UTF-8.
 */
export function flaskName(
  { realname }: FlaskRow,
  { globalKey }: FlaskSource,
): string {
  if (!realname) {
    throw new FormatError('The column realname of the old row holds no bytes.');
  }
  return decryptLegacyName(realname, { globalKey, ...LEAVE }).name;
}

/** Who made the source has given it. */
const LEAVE = { allowUnauthenticated: true } as const;

async function openHandle(
  { filename }: FlaskRow,
  { dataDir }: FlaskSource,
): Promise<FileHandle> {
  if (!isFilename(filename)) {
    throw new FormatError(
      'The filename of the old row is not 32 hexadecimal digits: Flask-Encryptor has not made it.',
    );
  }
  try {
    return await open(join(dataDir, filename), READ_FLAGS);
  } catch (cause) {
    throw failure(cause);
  }
}

/** @yields what a file holds, in one buffer that is used again. */
async function* chunksOf(handle: FileHandle): AsyncGenerator<Uint8Array, void> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  try {
    for (;;) {
      const read = await readNext(handle, buffer);
      if (read === 0) return;
      yield buffer.subarray(0, read);
    }
  } finally {
    await handle.close();
  }
}

async function readNext(handle: FileHandle, buffer: Buffer): Promise<number> {
  try {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    return bytesRead;
  } catch (cause) {
    throw failure(cause);
  }
}

/** The one border at which an error of the system becomes one of ours. */
function failure(cause: unknown): unknown {
  const { syscall } = Object(cause) as Partial<NodeJS.ErrnoException>;
  if (syscall === undefined) return cause;
  const name = errnoName(cause);
  if (name === 'ENOENT') {
    return new ObjectNotFoundError(
      'The old data folder has no file of that filename.',
      { cause },
    );
  }
  if (name === 'ELOOP') return notRegular(cause);
  return new FlaskFileError(
    `The file of the old row could not be read (${name}).`,
    { cause },
  );
}

function notRegular(cause?: unknown): FlaskFileError {
  return new FlaskFileError(
    'Under the filename of the old row lies a link, a folder or a special file, which is never followed.',
    { cause },
  );
}
