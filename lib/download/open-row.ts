import { Logger } from '@nestjs/common';
import { FormatError, IntegrityError, nameFile } from '../core/errors.js';
import {
  type FileInformation,
  openInformation,
} from '../core/keys/file-information.js';
import { unwrapDataKey } from '../core/keys/key-chain.js';
import type { SecretKey } from '../core/secret-key.js';
import { isFilename } from '../core/store/object-key.js';
import type { ObjectStore } from '../core/store/object-store.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import { inTurns } from '../entities/in-turns.js';
import { EncryptedFile, type EncryptedFileParts } from './encrypted-file.js';
import { FileContent } from './file-content.js';

/** What is needed of a configuration to read files. */
export interface ReadingPlace extends Pick<
  EncryptedFileParts<BaseFileEntity>,
  'temporary' | 'delivery' | 'idleTimeout' | 'admission'
> {
  readonly store: ObjectStore;
}

/** The columns of a row that say what it holds. */
export type SealedColumns = Pick<
  BaseFileEntity,
  'filename' | 'realname' | 'key' | 'size' | 'createdAt'
>;

/** A row whose seals are open. */
export interface DescribedRow {
  readonly dataKey: SecretKey;
  readonly information: FileInformation;
}

/**
 * Opens the sealed name, type and size of a row.
 *
 * @throws WrongKeyError if the row is another owner's.
 * @throws {@link IntegrityError} if a column was changed or exchanged.
 * @throws {@link FormatError} if a column holds what it cannot hold.
 */
export function describeRow(
  row: SealedColumns,
  ownerKey: SecretKey,
): DescribedRow {
  const { filename, key, realname, size } = row;
  try {
    checkInClear(row);
    const dataKey = unwrapDataKey(ownerKey, key, filename);
    const information = openInformation(dataKey, realname, filename);
    if (information.size !== size) {
      throw new IntegrityError(
        `The column size says ${size} bytes, the sealed size is ${information.size}: the column was changed.`,
      );
    }
    return { dataKey, information };
  } catch (error) {
    throw nameFile(error, filename);
  }
}

/**
 * A moment is not sealed, so any will do; but what is none would fail later, as
 * JSON or as a header, and take a whole list along. A filename is bound to, but
 * as bytes: SQLite may have it as such.
 */
function checkInClear({
  filename,
  createdAt,
}: Pick<SealedColumns, 'filename' | 'createdAt'>): void {
  if (!isFilename(filename)) {
    throw new FormatError(
      'The column filename holds something else than 32 hexadecimal digits: the column was changed.',
    );
  }
  if (
    typeof createdAt !== 'number' ||
    Number.isNaN(new Date(createdAt).getTime())
  ) {
    throw new FormatError(
      'The column createdAt holds no epoch milliseconds of a date: the column was changed.',
    );
  }
}

/** The handle of a row's file. Nothing of its content is read. */
export function openRow<File extends BaseFileEntity>(
  row: File,
  ownerKey: SecretKey,
  place: ReadingPlace,
): EncryptedFile<File> {
  return openDescribed(row, describeRow(row, ownerKey), place);
}

/** The same, of a row whose seals are open already. */
export function openDescribed<File extends BaseFileEntity>(
  row: File,
  { dataKey, information }: DescribedRow,
  { store, temporary, delivery, idleTimeout, admission }: ReadingPlace,
): EncryptedFile<File> {
  const { path, filename } = row;
  const content = new FileContent({
    store,
    object: { path, filename },
    dataKey,
    size: information.size,
  });
  return new EncryptedFile({
    row,
    information,
    content,
    temporary,
    delivery,
    idleTimeout,
    admission,
  });
}

/**
 * The handles of many rows; other work gets its turn between them. A row that
 * does not verify is told in the log and left out: it must not take away the
 * others.
 */
export async function openRows<File extends BaseFileEntity>(
  rows: readonly File[],
  ownerKey: SecretKey,
  place: ReadingPlace,
): Promise<EncryptedFile<File>[]> {
  const files: EncryptedFile<File>[] = [];
  for await (const row of inTurns(rows)) {
    try {
      files.push(openRow(row, ownerKey, place));
    } catch (error) {
      logger.error(`A list is incomplete. ${String(error)}`);
    }
  }
  return files;
}

const logger = new Logger('FileEncryptor');
