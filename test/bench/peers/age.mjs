import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  Decrypter,
  Encrypter,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import { Outputs } from '../subjects/outputs.mjs';

/**
 * age-encryption (typage) for one X25519 recipient, by its streams.
 *
 * @param {{ folder: string }} options
 */
export async function open({ folder }) {
  const outputs = new Outputs(folder);
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  let prepared = '';

  const encrypt = encrypter.encrypt.bind(encrypter);
  const decrypt = decrypter.decrypt.bind(decrypter);

  return {
    /** @param {string} input */
    prepare: async (input) => {
      prepared = await run(encrypt, input, outputs.kept());
    },
    /** @param {string} input */
    encrypt: (input) => run(encrypt, input, outputs.next()),
    decrypt: () => run(decrypt, prepared, outputs.next()),
    release: () => outputs.release(),
  };
}

/**
 * @param {Encrypter['encrypt'] | Decrypter['decrypt']} convert
 * @param {string} input
 * @param {string} output
 */
async function run(convert, input, output) {
  const source = Readable.toWeb(createReadStream(input));
  const result = await convert(/** @type {any} */ (source));
  await pipeline(
    Readable.fromWeb(/** @type {any} */ (result)),
    createWriteStream(output),
  );
  return output;
}
