import { join } from 'node:path';
import { fileChunks } from './file-chunks.mjs';
import { diskStore, openService, OWNER } from './service.mjs';

/** Bytes that the source reads at a time. */
const SOURCE_BYTES = 256 * 1024;

/**
 * This library, from file to file.
 *
 * @param {import('./service.mjs').Place} place
 */
export async function open(place) {
  const store = diskStore(place);
  const service = await openService(place, store);
  const token = await service.createToken(OWNER);
  const buffer = Buffer.allocUnsafe(SOURCE_BYTES);
  /** @type {(() => Promise<unknown>)[]} */
  const left = [];
  /** @type {any} */
  let row;

  /** @param {string} input */
  const encryptFile = async (input) => {
    const facts = { name: 'report.pdf', type: 'application/pdf' };
    const upload = await service.encryptUpload(
      fileChunks(input, buffer),
      facts,
    );
    return service.attach(upload, token, OWNER);
  };

  return {
    /** @param {string} input */
    prepare: async (input) => {
      row ??= await encryptFile(input);
    },
    /** @param {string} input */
    encrypt: async (input) => {
      const { path, filename } = await encryptFile(input);
      const key = `${path}/${filename}`;
      left.push(() => store.remove(key));
      return join(place.folder, 'data', key);
    },
    decrypt: async () => {
      const file = await (await service.open(row, token, OWNER)).decrypt();
      left.push(() => file.dispose());
      return file.path;
    },
    release: async () => {
      for (const remove of left.splice(0)) await remove();
    },
  };
}
