import { fileChunks } from './file-chunks.mjs';
import { diskStore, openService, OWNER } from './service.mjs';

/**
 * This library, many small files one after the other.
 *
 * @param {import('./service.mjs').Place} place
 */
export async function open(place) {
  const store = diskStore(place);
  const service = await openService(place, store);
  const token = await service.createToken(OWNER);
  const buffer = Buffer.allocUnsafe(64 * 1024);
  /** @type {import('nestjs-file-encryptor').EncryptedUpload[]} */
  const unattached = [];
  /** @type {string[]} */
  const attached = [];

  /** @param {string} input */
  const encrypt = (input) =>
    service.encryptUpload(fileChunks(input, buffer), { name: 'note.txt' });

  return {
    /** @param {string[]} inputs */
    encryptAll: async (inputs) => {
      for (const input of inputs) unattached.push(await encrypt(input));
    },
    /** @param {string[]} inputs */
    encryptAndAttachAll: async (inputs) => {
      for (const input of inputs) {
        const row = await service.attach(await encrypt(input), token, OWNER);
        attached.push(`${row.path}/${row.filename}`);
      }
    },
    release: async () => {
      for (const upload of unattached.splice(0)) await upload.discard();
      for (const key of attached.splice(0)) await store.remove(key);
    },
  };
}
