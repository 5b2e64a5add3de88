import { StoreError } from '../errors.js';
import { objectKey, type ObjectName, randomObjectName } from './object-key.js';
import type { ObjectStore, ObjectWriter } from './object-store.js';

/** More random names than this are never needed. */
const MAX_NAMES = 5;
const COPY_BYTES = 256 * 1024;

/** An object that is being written, and its name. */
export interface NewObject {
  readonly object: ObjectName;
  readonly writer: ObjectWriter;
}

/**
 * Begins an object.
 *
 * @param given - its name; a random one, that nothing has yet, when absent.
 * @throws StoreError of code `OBJECT_EXISTS` if the given name is taken.
 */
export async function beginObject(
  store: ObjectStore,
  given?: ObjectName,
): Promise<NewObject> {
  for (let attempt = 1; ; attempt += 1) {
    const object = given ?? randomObjectName();
    try {
      return { object, writer: await store.create(objectKey(object)) };
    } catch (error) {
      const taken =
        error instanceof StoreError && error.code === 'OBJECT_EXISTS';
      if (!taken || given || attempt === MAX_NAMES) throw error;
    }
  }
}

/**
 * Aborts an object. If that fails too, both errors become visible.
 *
 * @param reason - why it is aborted.
 */
export async function abandonObject(
  writer: ObjectWriter,
  reason: unknown,
): Promise<void> {
  try {
    await writer.abort();
  } catch (error) {
    throw new StoreError(
      'Writing an object failed, and so did the removal of what was written: a sweep will find it. The cause has both errors.',
      { cause: new AggregateError([reason, error]) },
    );
  }
}

/** Copies an object to a random name; the first one stays. */
export async function copyObject(
  store: ObjectStore,
  from: ObjectName,
): Promise<ObjectName> {
  const reader = await store.read(objectKey(from));
  try {
    const { object, writer } = await beginObject(store);
    try {
      const buffer = Buffer.allocUnsafe(COPY_BYTES);
      for (let at = 0; at < reader.size; at += COPY_BYTES) {
        const read = await reader.read(buffer, at);
        await writer.write(buffer.subarray(0, read));
      }
      await writer.commit();
    } catch (error) {
      await abandonObject(writer, error);
      throw error;
    }
    return object;
  } finally {
    await reader.close();
  }
}
