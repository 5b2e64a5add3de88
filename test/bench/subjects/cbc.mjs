import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Outputs } from './outputs.mjs';

/**
 * The snippet that is copied from answer to answer: AES-256-CBC in a pipeline
 * of streams. It notices no change of a file.
 *
 * @param {{ folder: string }} options
 */
export async function open({ folder }) {
  const outputs = new Outputs(folder);
  const key = randomBytes(32);
  const iv = randomBytes(16);
  let prepared = '';

  /**
   * @param {string} input
   * @param {string} output
   */
  const encrypt = async (input, output) => {
    await pipeline(
      createReadStream(input),
      createCipheriv('aes-256-cbc', key, iv),
      createWriteStream(output),
    );
    return output;
  };

  return {
    /** @param {string} input */
    prepare: async (input) => {
      prepared = await encrypt(input, outputs.kept());
    },
    /** @param {string} input */
    encrypt: (input) => encrypt(input, outputs.next()),
    /** @param {string[]} inputs */
    encryptAll: async (inputs) => {
      for (const input of inputs) await encrypt(input, outputs.next());
    },
    decrypt: async () => {
      const output = outputs.next();
      await pipeline(
        createReadStream(prepared),
        createDecipheriv('aes-256-cbc', key, iv),
        createWriteStream(output),
      );
      return output;
    },
    release: () => outputs.release(),
  };
}
