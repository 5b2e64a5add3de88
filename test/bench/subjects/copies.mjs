import { createCipheriv, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Outputs } from './outputs.mjs';

const SLAB_BYTES = 1024 * 1024;
const SEGMENT_BYTES = 64 * 1024;

/**
 * Copies of a plain file, without this library.
 *
 * @param {{ folder: string }} options
 */
export async function open({ folder }) {
  const outputs = new Outputs(folder);
  return {
    /**
     * The least that encrypting from file to file can take: a copy loop over
     * one slab, and AES-256-GCM over the same bytes, whose result is dropped.
     *
     * @param {string} input
     */
    copyAndSeal: (input) => copyAndSeal(input, outputs.next()),
    /** @param {string} input */
    copyByPipeline: async (input) => {
      const output = outputs.next();
      await pipeline(createReadStream(input), createWriteStream(output));
      return output;
    },
    release: () => outputs.release(),
  };
}

/**
 * @param {string} input
 * @param {string} output
 */
async function copyAndSeal(input, output) {
  const key = randomBytes(32);
  const slab = Buffer.allocUnsafe(SLAB_BYTES);
  const source = await openFile(input);
  const target = await openFile(output, 'wx', 0o600);
  let position = 0;
  for (;;) {
    const { bytesRead } = await source.read(slab, 0, slab.length, position);
    if (bytesRead === 0) break;
    seal(slab.subarray(0, bytesRead), key);
    await target.write(slab, 0, bytesRead, position);
    position += bytesRead;
  }
  await source.close();
  await target.close();
  return output;
}

/**
 * @param {Buffer} bytes
 * @param {Buffer} key
 */
function seal(bytes, key) {
  for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
    const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12));
    cipher.update(bytes.subarray(at, at + SEGMENT_BYTES));
    cipher.final();
    cipher.getAuthTag();
  }
}
