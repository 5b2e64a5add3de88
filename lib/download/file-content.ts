import type { Readable } from 'node:stream';
import { ContainerReader } from '../core/container/container-reader.js';
import { IntegrityError, nameFile } from '../core/errors.js';
import type { SecretKey } from '../core/secret-key.js';
import { objectKey, type ObjectName } from '../core/store/object-key.js';
import type { ObjectReader, ObjectStore } from '../core/store/object-store.js';
import { type Content, type ReadOptions, streamOf } from './content.js';

/** What it takes to read a file's content. */
export interface FileContentParts {
  readonly store: ObjectStore;
  readonly object: ObjectName;
  readonly dataKey: SecretKey;
  /** Plaintext bytes, as sealed with the file. */
  readonly size: number;
}

/** The content of a stored file, read from its container on demand. */
export class FileContent implements Content {
  readonly authenticated = true;
  readonly #parts: FileContentParts;

  constructor(parts: FileContentParts) {
    this.#parts = parts;
  }

  /**
   * Decrypts, a batch of segments at a time.
   *
   * @yields verified plaintext, in fresh buffers that the consumer owns.
   * @throws IntegrityError at the first segment that does not verify.
   * @throws ObjectNotFoundError if the store has no such container.
   */
  async *batches({ range, signal }: ReadOptions = {}): AsyncGenerator<
    Buffer,
    void
  > {
    try {
      signal?.throwIfAborted();
      const object = await this.#read();
      try {
        const container = await this.#open(object);
        for await (const batch of container.decrypt(range)) {
          yield batch;
          signal?.throwIfAborted();
        }
      } finally {
        await close(object);
      }
    } catch (error) {
      throw nameFile(advise(error), this.#parts.object.filename);
    }
  }

  /**
   * Decrypts over reused memory; otherwise as {@link batches}.
   *
   * @param write - not called again before its promise has settled; the batch
   * is its own until then.
   */
  async writeTo(
    write: (batch: Buffer) => Promise<void>,
    { range, signal }: ReadOptions = {},
  ): Promise<void> {
    try {
      signal?.throwIfAborted();
      const object = await this.#read();
      try {
        const container = await this.#open(object);
        await container.decryptTo(async (batch) => {
          signal?.throwIfAborted();
          await write(batch);
        }, range);
      } finally {
        await close(object);
      }
    } catch (error) {
      throw nameFile(advise(error), this.#parts.object.filename);
    }
  }

  /** Reads and verifies, and releases nothing. */
  async verify(options?: ReadOptions): Promise<void> {
    await this.writeTo(async () => undefined, options);
  }

  /** Verified segments as they are read; damage destroys the stream. */
  stream(options?: ReadOptions): Readable {
    return streamOf(this.batches(options));
  }

  #read(): Promise<ObjectReader> {
    const { store, object } = this.#parts;
    return store.read(objectKey(object));
  }

  #open(object: ObjectReader): Promise<ContainerReader> {
    const { dataKey: key, size } = this.#parts;
    return ContainerReader.open(object, { key, size });
  }
}

/** What closing says of bytes that have been read already is of no interest. */
async function close(object: ObjectReader): Promise<void> {
  await object.close().catch(() => undefined);
}

const ADVICE = ' Restore the container from a backup, and keep the row.';

/** The row has opened, so it is the container that is not right. */
function advise(error: unknown): unknown {
  if (error instanceof IntegrityError && !error.message.endsWith(ADVICE)) {
    error.message += ADVICE;
  }
  return error;
}
