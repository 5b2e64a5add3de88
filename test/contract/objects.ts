import { expect } from 'vitest';
import { ObjectNotFoundError, StoreError } from '../../lib/core/errors.js';
import {
  objectKey,
  randomObjectName,
} from '../../lib/core/store/object-key.js';
import type {
  ObjectEntry,
  ObjectStore,
} from '../../lib/core/store/object-store.js';

/** A key that nothing has. */
export function newKey(): string {
  return objectKey(randomObjectName());
}

/** Writes one object; aborts if that fails. */
export async function put(
  store: ObjectStore,
  key: string,
  ...pieces: readonly Uint8Array[]
): Promise<void> {
  const writer = await store.create(key);
  try {
    for (const piece of pieces) await writer.write(piece);
    await writer.commit();
  } finally {
    await writer.abort();
  }
}

/** All bytes of an object. */
export async function load(store: ObjectStore, key: string): Promise<Buffer> {
  const reader = await store.read(key);
  try {
    const bytes = Buffer.alloc(reader.size);
    const read = await reader.read(bytes, 0);
    expect(read).toBe(bytes.length);
    return bytes;
  } finally {
    await reader.close();
  }
}

/** Bytes of an object; −1 if there is none. */
export async function sizeOf(store: ObjectStore, key: string): Promise<number> {
  try {
    const reader = await store.read(key);
    await reader.close();
    return reader.size;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return -1;
    throw error;
  }
}

/** All that is listed. */
export async function entries(store: ObjectStore): Promise<ObjectEntry[]> {
  const all: ObjectEntry[] = [];
  for await (const entry of store.list()) all.push(entry);
  return all;
}

/** Expects to be told that the key is taken. */
export async function expectTaken(creating: Promise<unknown>): Promise<void> {
  await expect(creating).rejects.toThrow(StoreError);
  await expect(creating).rejects.toHaveProperty('code', 'OBJECT_EXISTS');
}
