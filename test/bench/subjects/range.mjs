import { ObjectStore } from 'nestjs-file-encryptor';
import { fileChunks } from './file-chunks.mjs';
import { diskStore, openService, OWNER } from './service.mjs';

/**
 * This library over a store that counts what is read from it.
 *
 * @param {import('./service.mjs').Place} place
 */
export async function open(place) {
  const store = new CountingStore(diskStore(place));
  const service = await openService(place, store);
  const token = await service.createToken(OWNER);
  /** @type {any} */
  let row;
  return {
    /** @param {string} input */
    prepare: async (input) => {
      const chunks = fileChunks(input, Buffer.allocUnsafe(1024 * 1024));
      const upload = await service.encryptUpload(chunks, { name: 'film.mkv' });
      row = await service.attach(upload, token, OWNER);
    },
    /**
     * @param {number} start
     * @param {number} end - exclusive.
     * @returns {Promise<number>} bytes read from the store.
     */
    read: async (start, end) => {
      const file = await service.open(row, token, OWNER);
      store.bytesRead = 0;
      let length = 0;
      for await (const chunk of file.createReadStream({ start, end })) {
        length += chunk.length;
      }
      if (length !== end - start) throw new Error(`${length} bytes came.`);
      return store.bytesRead;
    },
  };
}

class CountingStore extends ObjectStore {
  bytesRead = 0;
  #inner;

  /** @param {ObjectStore} inner */
  constructor(inner) {
    super();
    this.#inner = inner;
  }

  /** @override */
  open() {
    return this.#inner.open();
  }

  /**
   * @override
   * @param {string} key
   */
  create(key) {
    return this.#inner.create(key);
  }

  /**
   * @override
   * @param {string} key
   */
  async read(key) {
    const reader = await this.#inner.read(key);
    return {
      size: reader.size,
      close: () => reader.close(),
      read: async (
        /** @type {Uint8Array} */ into,
        /** @type {number} */ position,
      ) => {
        const bytes = await reader.read(into, position);
        this.bytesRead += bytes;
        return bytes;
      },
    };
  }

  /**
   * @override
   * @param {string} key
   */
  remove(key) {
    return this.#inner.remove(key);
  }

  /** @override */
  list() {
    return this.#inner.list();
  }
}
