import { createHash, type Hash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ContainerReader } from '../core/container/container-reader.js';
import { IntegrityError, OwnerError, StoreError } from '../core/errors.js';
import {
  objectKey,
  type ObjectName,
  objectNameOf,
} from '../core/store/object-key.js';
import { FileContent } from '../download/file-content.js';
import type { BaseFileEntity } from '../entities/base-file.entity.js';
import type { BaseTokenEntity } from '../entities/base-token.entity.js';
import type { EntityRows } from '../entities/entity-rows.js';
import type { Owner, ResolvedOwner } from '../entities/owner.js';
import type { EncryptedUpload } from '../upload/encrypted-upload.js';
import { checkNameLength } from '../upload/file-name.js';
import { type SavingPlace, UploadSaver } from '../upload/save-upload.js';
import { storeFile } from '../upload/store-file.js';
import { type FlaskFile, openFlaskFile } from './flask-file.js';
import type { FlaskId, FlaskRow } from './flask-rows.js';
import type { FlaskSource } from './flask-source.js';
import { type ImportOutcome, outcomeOf, refusalOf } from './import-outcome.js';

/** What is needed of a configuration to import files. */
export interface ImportPlace extends SavingPlace {
  /** Plaintext bytes of a full segment. */
  readonly chunkSize: number;
}

/** How one file is imported. */
export interface ImportFileOptions {
  /** Whose the new file is, by the user of the old one. */
  readonly ownerOf: (userId: FlaskId) => Owner | Promise<Owner>;
  /** Reads and checks, and writes nothing. */
  readonly dryRun?: boolean | undefined;
}

/**
 * How long another process may take from the beginning of a container to its
 * row: so many milliseconds, and one for so many bytes.
 */
const PATIENCE = { least: 2000, bytes: 10_000, poll: 50 } as const;

/**
 * Imports old files one by one. A new file has the filename of the old one:
 * addresses stay valid, and a file that was imported before is seen to be.
 */
export class FileImporter<
  File extends BaseFileEntity,
  Token extends BaseTokenEntity,
> {
  readonly #rows: EntityRows<File, Token>;
  readonly #place: ImportPlace;
  readonly #saver: UploadSaver<File, Token>;
  /** By filename: who comes meanwhile gets the same outcome. */
  readonly #running = new Map<string, Promise<ImportOutcome>>();

  constructor(rows: EntityRows<File, Token>, place: ImportPlace) {
    this.#rows = rows;
    this.#place = place;
    this.#saver = new UploadSaver(rows, place);
  }

  /**
   * Imports the file of an old row, unless it is there. Several processes may do
   * it at once: one of them makes the row.
   *
   * @throws StoreError, KeyProviderError or what the database says, if the new
   * application cannot take it; nothing is left of it then. What is wrong with
   * the old file is an outcome.
   */
  async import(
    row: FlaskRow,
    source: FlaskSource,
    options: ImportFileOptions,
  ): Promise<ImportOutcome> {
    if (options.dryRun) return this.#import(row, source, options);
    const { filename } = row;
    const running = this.#running.get(filename);
    if (running) return running;
    const importing = this.#import(row, source, options);
    this.#running.set(filename, importing);
    try {
      return await importing;
    } finally {
      this.#running.delete(filename);
    }
  }

  async #import(
    row: FlaskRow,
    source: FlaskSource,
    { ownerOf, dryRun }: ImportFileOptions,
  ): Promise<ImportOutcome> {
    try {
      const { userId } = row;
      if (userId === undefined) throw noUser();
      const owner = await ownerOf(userId);
      const resolved = this.#rows.owner(owner);
      if (await this.#isPresent(row, resolved))
        return outcomeOf(row, 'present');
      const token = await source.rows.token(userId);
      const open = () => openFlaskFile(row, token, source);
      if (dryRun) {
        return outcomeOf(row, 'importable', await readThrough(await open()));
      }
      try {
        const object = objectNameOf(row.filename);
        const file = { owner, open };
        return outcomeOf(row, 'imported', await this.#write(object, file));
      } catch (error) {
        // Another process has made the row meanwhile.
        if (!(await this.#isPresent(row, resolved))) throw error;
        return outcomeOf(row, 'present');
      }
    } catch (error) {
      return refusalOf(row, error);
    }
  }

  /**
   * Whether the owner has a file of that filename already.
   *
   * @throws OwnerError if another owner has it: a row that was imported for the
   * wrong one is not passed over in silence.
   */
  async #isPresent(
    { filename }: FlaskRow,
    owner: ResolvedOwner,
  ): Promise<boolean> {
    if (!(await this.#hasRow(filename))) return false;
    if (await this.#rows.files.isOf(owner, filename)) return true;
    throw notTheirs();
  }

  /** Writes container and row, over what a process that was ended has left. */
  async #write(object: ObjectName, file: OldFile): Promise<Read> {
    const opened = await file.open();
    try {
      return await this.#writeNew(object, opened, file.owner);
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (await this.#comesRow(object, opened.size)) throw error;
    } finally {
      await opened.content.return();
    }
    await this.#place.store.remove(objectKey(object));
    return this.#writeNew(object, await file.open(), file.owner);
  }

  async #writeNew(
    object: ObjectName,
    { name, modifiedAt, content, size, checked }: FlaskFile,
    owner: Owner,
  ): Promise<Read> {
    try {
      checkNameLength(name);
      const hash = createHash('sha256');
      const upload = await storeFile(
        hashed(content, hash),
        { name, object, createdAt: modifiedAt },
        { ...this.#place, hasRow: this.#hasRow },
      );
      await requireSame(upload, hash.digest());
      const row = await this.#saver.save(upload, owner);
      await this.#requireOwn(upload, row);
      return { size, checked };
    } finally {
      await content.return();
    }
  }

  /**
   * Another process may have taken this one for ended and replaced the container
   * while it was read back: the row would be of the one, the bytes of the other.
   */
  async #requireOwn(upload: EncryptedUpload, row: File): Promise<void> {
    const { store, object, dataKey: key, size } = upload.contentParts;
    try {
      const reader = await store.read(objectKey(object));
      try {
        await ContainerReader.open(reader, { key, size });
      } finally {
        await reader.close();
      }
    } catch (error) {
      await this.#rows.files.delete([row]);
      throw error;
    }
  }

  /** Whether it is a living process that has the container, by its row. */
  async #comesRow({ filename }: ObjectName, size: number): Promise<boolean> {
    // Looks are counted, not time: while this process stands still the other one
    // may do so too.
    const patience = PATIENCE.least + size / PATIENCE.bytes;
    for (let looks = patience / PATIENCE.poll; looks > 0; looks -= 1) {
      if (await this.#hasRow(filename)) return true;
      await wait(PATIENCE.poll);
    }
    return this.#hasRow(filename);
  }

  readonly #hasRow = async (filename: string): Promise<boolean> =>
    (await this.#rows.files.findByFilename(filename)) !== null;
}

type Read = Pick<FlaskFile, 'size' | 'checked'>;

interface OldFile {
  readonly owner: Owner;
  /** Opens it from its beginning. */
  readonly open: () => Promise<FlaskFile>;
}

async function readThrough({
  name,
  size,
  checked,
  content,
}: FlaskFile): Promise<Read> {
  try {
    checkNameLength(name);
    for await (const _ of content);
    return { size, checked };
  } finally {
    await content.return();
  }
}

async function* hashed(
  source: AsyncIterable<Uint8Array>,
  hash: Hash,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Reads a container back; one that holds something else is removed. */
async function requireSame(
  upload: EncryptedUpload,
  expected: Uint8Array,
): Promise<void> {
  const hash = createHash('sha256');
  try {
    await new FileContent(upload.contentParts).writeTo(async (batch) => {
      hash.update(batch);
    });
    if (hash.digest().equals(expected)) return;
    throw new IntegrityError(
      'The new container does not hold what was read from the old file: check the medium of the store.',
    );
  } catch (error) {
    await upload.discard();
    throw error;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof StoreError && error.code === 'OBJECT_EXISTS';
}

function notTheirs(): OwnerError {
  return new OwnerError(
    'A file of that filename is there, and belongs to another owner: was it imported with another owner map?',
  );
}

function noUser(): OwnerError {
  return new OwnerError('The old row names no user, so the file has no owner.');
}
