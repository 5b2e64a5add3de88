import { nameFile, StoreError } from '../core/errors.js';
import {
  isObjectName,
  objectKey,
  objectNameOf,
} from '../core/store/object-key.js';
import type { ObjectStore } from '../core/store/object-store.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import { notDeleted } from '../entities/database-failure.js';
import type { EntityRows } from '../entities/entity-rows.js';
import type { ResolvedOwner } from '../entities/owner.js';

/** What an erasure has deleted. */
export interface Erased {
  /** 1, or 0 if the owner had no token. */
  readonly tokens: number;
  readonly files: number;
  /** Fewer than files where one was missing already. */
  readonly containers: number;
}

/** Rows that one statement deletes: databases limit its parameters. */
const BATCH = 500;

/**
 * Deletes the token, then links, rows and containers a batch at a time. Once the token
 * is gone nothing can be read; every later step can be repeated.
 *
 * @throws StoreError at the end, if containers could not be removed.
 */
export async function eraseOwner<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
>(
  { files, tokens, links }: EntityRows<File, Token>,
  owner: ResolvedOwner,
  store: ObjectStore,
): Promise<Erased> {
  const erased = {
    tokens: await tokens.delete(owner),
    files: 0,
    containers: 0,
  };
  const failures: unknown[] = [];
  for (;;) {
    const rows = await files.listAll(owner, BATCH);
    if (rows.length === 0) break;
    erased.files += await deleteRows(rows, { files, links });
    for (const row of rows) {
      try {
        if (await removeContainer(row, store)) erased.containers += 1;
      } catch (error) {
        failures.push(nameFile(error, row.filename));
      }
    }
  }
  if (failures.length > 0) {
    throw new StoreError(
      `The owner is erased, but ${failures.length} containers could not be removed: nobody can read them. The cause says of each why.`,
      { cause: new AggregateError(failures) },
    );
  }
  return erased;
}

/** Deletes a file's links, its row, then its container. */
export async function removeFile<File extends BaseFileEntity>(
  row: File,
  { files, links }: Pick<EntityRows<File, BaseTokenEntity>, 'files' | 'links'>,
  store: ObjectStore,
): Promise<void> {
  await deleteRows([row], { files, links });
  try {
    await removeContainer(row, store);
  } catch (cause) {
    throw new StoreError(
      `File ${row.filename}: its row is gone and nobody can read it, but its container could not be removed. A sweep removes it when it is old.`,
      { cause },
    );
  }
}

/**
 * Links go first: a crash leaves none without a file. They go again at the end,
 * since one may have been made meanwhile; whoever makes one after that finds no
 * file, and deletes it.
 */
async function deleteRows<File extends BaseFileEntity>(
  rows: readonly File[],
  { files, links }: Pick<EntityRows<File, BaseTokenEntity>, 'files' | 'links'>,
): Promise<number> {
  const filenames = rows.map(({ filename }) => filename);
  await links?.deleteOf(filenames);
  const count = await files.delete(rows);
  if (count < rows.length) await requireGone(filenames, files);
  await links?.deleteOf(filenames);
  return count;
}

/** Others may have deleted them as well. A row must not outlive its container. */
async function requireGone<File extends BaseFileEntity>(
  filenames: readonly string[],
  files: EntityRows<File, BaseTokenEntity>['files'],
): Promise<void> {
  const { size } = await files.findFilenames(filenames);
  if (size > 0) throw notDeleted('file');
}

/**
 * The column `path` is not sealed, and the folder follows from the filename too:
 * a container must not outlive its row because the column was changed.
 */
async function removeContainer(
  { path, filename }: BaseFileEntity,
  store: ObjectStore,
): Promise<boolean> {
  const usual = objectNameOf(filename);
  const removed = await store.remove(objectKey(usual));
  if (path === usual.path || !isObjectName({ path, filename })) return removed;
  return (await store.remove(objectKey({ path, filename }))) || removed;
}
