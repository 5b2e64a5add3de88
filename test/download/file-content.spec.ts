import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SecretKey } from '../../lib/core/secret-key.js';
import { IntegrityError, StoreError } from 'nestjs-file-encryptor';
import type {
  ObjectReader,
  ObjectStore,
} from '../../lib/core/store/object-store.js';
import { FileContent } from '../../lib/download/file-content.js';
import { storeContent, useTemporaryStore } from '../core/container/stored.js';

const temporary = useTemporaryStore();
const OBJECT_KEY = /^(?<path>..\/..)\/(?<filename>.+)$/;

/** Files whose closing fails, after it was done. */
function failingToClose(store: ObjectStore, closed: { count: number }) {
  return new Proxy(store, {
    get: (target, property) =>
      property === 'read'
        ? async (key: string): Promise<ObjectReader> => {
            const reader = await target.read(key);
            return {
              size: reader.size,
              read: (into, position) => reader.read(into, position),
              close: async () => {
                await reader.close();
                closed.count += 1;
                throw new StoreError('The system failed once more.');
              },
            };
          }
        : Reflect.get(target, property, target),
  });
}

async function contentWith(key?: SecretKey) {
  const stored = await storeContent(temporary.store, randomBytes(300_000), {
    chunkSize: 65_536,
  });
  const { path = '', filename = '' } =
    OBJECT_KEY.exec(stored.objectKey)?.groups ?? {};
  const closed = { count: 0 };
  const content = new FileContent({
    store: failingToClose(temporary.store, closed),
    object: { path, filename },
    dataKey: key ?? stored.key,
    size: stored.size,
  });
  return { content, closed, plaintext: stored.content };
}

describe('a container whose closing fails', () => {
  it('has been read all the same', async () => {
    const { content, closed, plaintext } = await contentWith();
    const batches: Buffer[] = [];
    for await (const batch of content.batches()) batches.push(batch);
    expect(Buffer.concat(batches).equals(plaintext)).toBe(true);
    await content.verify();
    expect(closed.count).toBe(2);
  });

  it('is told by what went wrong before', async () => {
    const { content, closed } = await contentWith(SecretKey.random());
    await expect(content.batches().next()).rejects.toThrow(IntegrityError);
    await expect(content.verify()).rejects.toThrow(IntegrityError);
    expect(closed.count).toBe(2);
  });
});
