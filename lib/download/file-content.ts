import { Readable } from 'node:stream';
import { ContainerReader } from '../core/container/container-reader.js';
import { nameFile } from '../core/errors.js';
import type { ByteRange } from '../core/floe/geometry.js';
import type { SecretKey } from '../core/secret-key.js';
import { objectKey, type ObjectName } from '../core/store/object-key.js';
import type { ObjectStore } from '../core/store/object-store.js';

/** What it takes to read a file's content. */
export interface FileContentParts {
  readonly store: ObjectStore;
  readonly object: ObjectName;
  readonly dataKey: SecretKey;
  /** Plaintext bytes, as sealed with the file. */
  readonly size: number;
}

/** Which bytes, and until when. */
export interface ReadOptions {
  /** Within the plaintext; all of it when absent. */
  readonly range?: ByteRange | undefined;
  /** Ends the reading between two batches. */
  readonly signal?: AbortSignal | undefined;
}

/** The content of a stored file, read from its container on demand. */
export class FileContent {
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
      await using object = await this.#open();
      for await (const batch of object.container.decrypt(range)) {
        yield batch;
        signal?.throwIfAborted();
      }
    } catch (error) {
      throw nameFile(error, this.#parts.object.filename);
    }
  }

  /**
   * Decrypts all of it over reused memory; otherwise as {@link batches}.
   *
   * @param write - not called again before its promise has settled; the batch
   * is its own until then.
   */
  async writeTo(
    write: (batch: Buffer) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      signal?.throwIfAborted();
      await using object = await this.#open();
      await object.container.decryptTo(async (batch) => {
        signal?.throwIfAborted();
        await write(batch);
      });
    } catch (error) {
      throw nameFile(error, this.#parts.object.filename);
    }
  }

  /** Reads and verifies all of it, and releases nothing. */
  async verify(signal?: AbortSignal): Promise<void> {
    await this.writeTo(async () => undefined, signal);
  }

  /** Verified segments as they are read; damage destroys the stream. */
  stream(options?: ReadOptions): Readable {
    return streamOf(this.batches(options));
  }

  async #open(): Promise<OpenContainer> {
    const { store, object, dataKey: key, size } = this.#parts;
    const reader = await store.read(objectKey(object));
    const close = () => reader.close();
    try {
      const container = await ContainerReader.open(reader, { key, size });
      return { container, [Symbol.asyncDispose]: close };
    } catch (error) {
      await close();
      throw error;
    }
  }
}

/** To be closed when it has been read. */
interface OpenContainer extends AsyncDisposable {
  readonly container: ContainerReader;
}

/**
 * A byte stream of batches that nobody else uses. Destroying it ends the
 * generator.
 */
export function streamOf(batches: AsyncGenerator<Buffer, void>): Readable {
  return Readable.from(batches, { objectMode: false });
}
