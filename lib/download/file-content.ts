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
   * @yields verified plaintext, in fresh buffers that the caller owns.
   * @throws IntegrityError at the first segment that does not verify.
   * @throws ObjectNotFoundError if the store has no such container.
   */
  async *batches({ range, signal }: ReadOptions = {}): AsyncGenerator<
    Buffer[],
    void
  > {
    const { store, object, dataKey, size } = this.#parts;
    try {
      signal?.throwIfAborted();
      const reader = await store.read(objectKey(object));
      try {
        const container = await ContainerReader.open(reader, {
          key: dataKey,
          size,
        });
        for await (const batch of container.decrypt(range)) {
          yield batch;
          signal?.throwIfAborted();
        }
      } finally {
        await reader.close();
      }
    } catch (error) {
      throw nameFile(error, object.filename);
    }
  }

  /** Reads and verifies all of it, and releases nothing. */
  async verify(signal?: AbortSignal): Promise<void> {
    for await (const batch of this.batches({ signal })) void batch;
  }

  /** Verified segments as they are read; damage destroys the stream. */
  stream(options?: ReadOptions): Readable {
    return streamOf(this.batches(options));
  }
}

/** A byte stream of batches. Destroying it ends the generator. */
export function streamOf(batches: AsyncGenerator<Buffer[], void>): Readable {
  return Readable.from(buffersOf(batches), { objectMode: false });
}

async function* buffersOf(
  batches: AsyncGenerator<Buffer[], void>,
): AsyncGenerator<Buffer, void> {
  for await (const batch of batches) yield* batch;
}
