import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { segmentsPerBatch } from '../../../lib/core/container/batch.js';
import { ContainerReader } from '../../../lib/core/container/container-reader.js';
import { FormatError, IntegrityError } from '../../../lib/core/errors.js';
import {
  type ByteRange,
  segmentsOfRange,
} from '../../../lib/core/floe/geometry.js';
import type { SecretKey } from '../../../lib/core/secret-key.js';
import { FileContent } from '../../../lib/download/file-content.js';
import {
  loadBytes,
  type Stored,
  storeContent,
  type StoreOptions,
  type TemporaryStore,
} from './stored.js';

/** What came out of a container. */
export interface Reading {
  readonly way: string;
  /** What was asked for. */
  readonly range: ByteRange;
  /** All that was released until the end or the error; undefined if not kept. */
  readonly released: Buffer | undefined;
  /** Why it did not end; undefined if it did. */
  readonly error: unknown;
}

/**
 * A stored file whose bytes are exchanged where they lie. What its row and its
 * sealed information say of it stays.
 */
export class Victim {
  readonly content: Buffer;
  readonly key: SecretKey;
  /** Header, then segments, as they were written. */
  readonly parts: readonly Buffer[];
  /** The container as it was written. */
  readonly bytes: Buffer;
  readonly #temporary: TemporaryStore;
  readonly #stored: Stored;
  readonly #chunkSize: number;

  private constructor(
    temporary: TemporaryStore,
    stored: Stored,
    { bytes, chunkSize }: { bytes: Buffer; chunkSize: number },
  ) {
    this.content = stored.content;
    this.key = stored.key;
    this.parts = partsOf(bytes, chunkSize);
    this.bytes = bytes;
    this.#temporary = temporary;
    this.#stored = stored;
    this.#chunkSize = chunkSize;
  }

  static async store(
    temporary: TemporaryStore,
    content: Buffer,
    options: StoreOptions,
  ): Promise<Victim> {
    const stored = await storeContent(temporary.store, content, options);
    const bytes = await loadBytes(temporary.store, stored.objectKey);
    const { chunkSize } = options;
    return new Victim(temporary, stored, { bytes, chunkSize });
  }

  /** The content as a download reads it. */
  get fileContent(): FileContent {
    const { objectKey, key: dataKey, size } = this.#stored;
    const object = {
      path: objectKey.slice(0, 5),
      filename: objectKey.slice(6),
    };
    const { store } = this.#temporary;
    return new FileContent({ store, object, dataKey, size });
  }

  /** Puts bytes in the container's place. */
  become(bytes: Uint8Array): void {
    const { folder } = this.#temporary;
    writeFileSync(join(folder, this.#stored.objectKey), bytes);
  }

  /**
   * Puts bytes in the container's place and reads it in every way, all of it and
   * the ranges.
   *
   * @returns what was not as it must be: bytes that nothing damaged come out;
   * else there is an IntegrityError, and before it whole batches of good bytes.
   */
  async faultsAs(
    bytes: Buffer,
    ranges: readonly ByteRange[] = this.segmentRanges,
  ): Promise<string[]> {
    this.become(bytes);
    const readings = await this.read(ranges);
    const lastGood = this.#damageIn(bytes);
    return readings
      .filter((reading) => !this.#isRight(reading, lastGood))
      .map(({ way, range, released, error }) => {
        const came = `${released?.length} bytes, then ${String(error)}`;
        return `${way} from ${range.start} to ${range.end} of ${bytes.length} bytes: ${came}`;
      });
  }

  /** For each segment, what it holds. */
  get segmentRanges(): ByteRange[] {
    const size = this.content.length;
    return this.parts.slice(1).map((_, index) => ({
      start: index * this.#chunkSize,
      end: Math.min(size, (index + 1) * this.#chunkSize),
    }));
  }

  /** All of it in each way, then the ranges. */
  async read(ranges: readonly ByteRange[]): Promise<Reading[]> {
    const { store } = this.#temporary;
    const whole = { start: 0, end: this.content.length };
    const object = await store.read(this.#stored.objectKey);
    const opening = ContainerReader.open(object, this.#stored);
    const readings = [
      await readingOf('decryptTo', whole, async (release) => {
        const container = await opening;
        await container.decryptTo(async (batch) => release(batch));
      }),
    ];
    for (const range of [whole, ...ranges]) {
      const reading = readingOf('decrypt', range, async (release) => {
        const container = await opening;
        for await (const batch of container.decrypt(range)) release(batch);
      });
      readings.push(await reading);
    }
    await object.close();
    const verified = readingOf('verify', whole, () =>
      this.fileContent.verify(),
    );
    return [...readings, { ...(await verified), released: undefined }];
  }

  /** Which segments are not as they were; undefined if none can be read. */
  #damageIn(bytes: Buffer): ReadonlySet<number> | undefined {
    const [header, ...segments] = partsOf(bytes, this.#chunkSize);
    const [ownHeader = bytes, ...own] = this.parts;
    const isOpened =
      bytes.length === this.bytes.length && ownHeader.equals(header ?? bytes);
    if (!isOpened) return undefined;
    const changed = own.flatMap((segment, index) =>
      segments[index]?.equals(segment) ? [] : [index],
    );
    return new Set(changed);
  }

  #isRight(
    { range, released, error }: Reading,
    damage: ReadonlySet<number> | undefined,
  ): boolean {
    const { first, last } = segmentsOfRange(range, this.#chunkSize);
    let damaged = first;
    if (damage) while (damaged <= last && !damage.has(damaged)) damaged += 1;
    const isGood = damaged > last;
    const batch = segmentsPerBatch(this.#chunkSize);
    const before = damaged - ((damaged - first) % batch);
    const end = isGood
      ? range.end
      : Math.max(range.start, before * this.#chunkSize);
    const expected = this.content.subarray(range.start, end);
    return (
      (isGood ? error === undefined : isRefusal(error)) &&
      (released === undefined || released.equals(expected))
    );
  }
}

/** Nothing else may be thrown: neither another kind nor an unknown child. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error.constructor === IntegrityError || error.constructor === FormatError)
  );
}

function partsOf(bytes: Buffer, chunkSize: number): Buffer[] {
  const parts = [bytes.subarray(0, 74)];
  for (let at = 74; at < bytes.length; at += chunkSize + 32) {
    parts.push(bytes.subarray(at, at + chunkSize + 32));
  }
  return parts;
}

async function readingOf(
  way: string,
  range: ByteRange,
  read: (release: (bytes: Buffer) => void) => Promise<void>,
): Promise<Reading> {
  const batches: Buffer[] = [];
  let error: unknown;
  try {
    // Copied, since the memory may be used again.
    await read((bytes) => batches.push(Buffer.from(bytes)));
  } catch (thrown) {
    error = thrown;
  }
  return { way, range, released: Buffer.concat(batches), error };
}
