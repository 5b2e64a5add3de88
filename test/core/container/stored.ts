import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { writeContainer } from '../../../lib/core/container/write-container.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { DiskStore } from '../../../lib/core/store/disk-store.js';
import {
  objectKey,
  randomObjectName,
} from '../../../lib/core/store/object-key.js';
import type {
  ObjectReader,
  ObjectStore,
  ObjectWriter,
} from '../../../lib/core/store/object-store.js';

/** A store in a folder of its own, removed after the suite. */
export interface TemporaryStore {
  readonly folder: string;
  readonly store: ObjectStore;
}

/** To be called in a suite's body; usable in its tests. */
export function useTemporaryStore(): TemporaryStore {
  const made = { folder: '', store: undefined as unknown as ObjectStore };
  beforeAll(async () => {
    made.folder = await mkdtemp(join(tmpdir(), 'containers-'));
    made.store = new DiskStore(made.folder, { durable: false });
    await made.store.open();
  });
  afterAll(() => rm(made.folder, { recursive: true, force: true }));
  return made;
}

/** A container in a store, and all that is known of it. */
export interface Stored {
  readonly objectKey: string;
  readonly key: SecretKey;
  readonly content: Buffer;
  /** What `writeContainer` said. */
  readonly size: number;
}

/** How {@link storeContent} writes. */
export interface StoreOptions {
  readonly chunkSize: number;
  readonly key?: SecretKey;
  /** The source's chunks; the content at once when absent. */
  readonly pieces?: (content: Buffer) => AsyncIterable<Uint8Array>;
  /** What stands between the encryption and the store. */
  readonly between?: (writer: ObjectWriter) => ObjectWriter;
}

/** Encrypts content into a new object and commits it; aborts if that fails. */
export async function storeContent(
  store: ObjectStore,
  content: Buffer,
  {
    chunkSize,
    key = SecretKey.random(),
    pieces = inPiecesOf(Math.max(1, content.length)),
    between = (writer) => writer,
  }: StoreOptions,
): Promise<Stored> {
  const name = objectKey(randomObjectName());
  const writer = await store.create(name);
  try {
    const options = { key, chunkSize };
    const source = pieces(content);
    const size = await writeContainer(source, between(writer), options);
    await writer.commit();
    return { objectKey: name, key, content, size };
  } finally {
    await writer.abort();
  }
}

/** Stores bytes as they are. */
export async function storeBytes(
  store: ObjectStore,
  bytes: Uint8Array,
): Promise<string> {
  const name = objectKey(randomObjectName());
  const writer = await store.create(name);
  await writer.write(bytes);
  await writer.commit();
  return name;
}

/** All bytes of an object. */
export async function loadBytes(
  store: ObjectStore,
  name: string,
): Promise<Buffer> {
  const reader = await store.read(name);
  try {
    const bytes = Buffer.alloc(reader.size);
    await reader.read(bytes, 0);
    return bytes;
  } finally {
    await reader.close();
  }
}

/** A source that gives content in pieces of one length. */
export function inPiecesOf(
  length: number,
): (content: Buffer) => AsyncIterable<Uint8Array> {
  return async function* pieces(content) {
    for (let at = 0; at < content.length; at += length) {
      yield content.subarray(at, at + length);
    }
  };
}

/** Random content that begins with its own number, so that mixing is seen. */
export function numberedContent(number: number, size: number): Buffer {
  const content = randomBytes(size);
  for (let at = 0; at + 4 <= size; at += 64) content.writeUInt32BE(number, at);
  return content;
}

/** A writer that waits before it passes bytes on. */
export function waiting(
  writer: ObjectWriter,
  before: (bytes: Uint8Array) => Promise<void>,
): ObjectWriter {
  return {
    write: async (bytes) => {
      await before(bytes);
      await writer.write(bytes);
    },
    commit: () => writer.commit(),
    abort: () => writer.abort(),
  };
}

/** A reader that notes what is read through it. */
export class NotingReader implements ObjectReader {
  readonly #reader: ObjectReader;
  /** Each read: from where, and how many bytes came. */
  readonly reads: { readonly start: number; readonly length: number }[] = [];

  constructor(reader: ObjectReader) {
    this.#reader = reader;
  }

  get size(): number {
    return this.#reader.size;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    const length = await this.#reader.read(into, position);
    this.reads.push({ start: position, length });
    return length;
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

/** Lets others go on, as often as said. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}
