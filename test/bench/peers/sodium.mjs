import { open as openFile } from 'node:fs/promises';
import sodium from 'sodium-native';
import { Outputs } from '../subjects/outputs.mjs';

const {
  crypto_secretstream_xchacha20poly1305_ABYTES: TAG_BYTES,
  crypto_secretstream_xchacha20poly1305_HEADERBYTES: HEADER_BYTES,
  crypto_secretstream_xchacha20poly1305_KEYBYTES: KEY_BYTES,
  crypto_secretstream_xchacha20poly1305_STATEBYTES: STATE_BYTES,
  crypto_secretstream_xchacha20poly1305_TAG_FINAL: FINAL,
  crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: MESSAGE,
} = sodium;

const CHUNK_BYTES = 64 * 1024;
const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES;

/**
 * libsodium's secretstream in chunks of 64 KiB: a loop over two reused buffers.
 *
 * @param {{ folder: string }} options
 */
export async function open({ folder }) {
  const outputs = new Outputs(folder);
  const key = Buffer.alloc(KEY_BYTES);
  sodium.crypto_secretstream_xchacha20poly1305_keygen(key);
  let prepared = '';
  return {
    /** @param {string} input */
    prepare: async (input) => {
      prepared = await encrypt(input, outputs.kept(), key);
    },
    /** @param {string} input */
    encrypt: (input) => encrypt(input, outputs.next(), key),
    decrypt: () => decrypt(prepared, outputs.next(), key),
    release: () => outputs.release(),
  };
}

/**
 * @param {string} input
 * @param {string} output
 * @param {Buffer} key
 */
async function encrypt(input, output, key) {
  const source = await openFile(input);
  const target = await openFile(output, 'wx');
  const state = Buffer.alloc(STATE_BYTES);
  const header = Buffer.alloc(HEADER_BYTES);
  const plain = Buffer.alloc(CHUNK_BYTES);
  const sealed = Buffer.alloc(SEALED_BYTES);
  sodium.crypto_secretstream_xchacha20poly1305_init_push(state, header, key);
  await target.write(header);
  for (let full = true; full;) {
    const { bytesRead } = await source.read(plain, 0, CHUNK_BYTES, null);
    full = bytesRead === CHUNK_BYTES;
    const chunk = sealed.subarray(0, bytesRead + TAG_BYTES);
    sodium.crypto_secretstream_xchacha20poly1305_push(
      state,
      chunk,
      plain.subarray(0, bytesRead),
      null,
      full ? MESSAGE : FINAL,
    );
    await target.write(chunk);
  }
  await source.close();
  await target.close();
  return output;
}

/**
 * @param {string} input
 * @param {string} output
 * @param {Buffer} key
 */
async function decrypt(input, output, key) {
  const source = await openFile(input);
  const target = await openFile(output, 'wx');
  const state = Buffer.alloc(STATE_BYTES);
  const header = Buffer.alloc(HEADER_BYTES);
  const plain = Buffer.alloc(CHUNK_BYTES);
  const sealed = Buffer.alloc(SEALED_BYTES);
  const tag = Buffer.alloc(1);
  await source.read(header, 0, HEADER_BYTES, null);
  sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key);
  while (tag[0] !== FINAL) {
    const { bytesRead } = await source.read(sealed, 0, SEALED_BYTES, null);
    const chunk = plain.subarray(0, bytesRead - TAG_BYTES);
    sodium.crypto_secretstream_xchacha20poly1305_pull(
      state,
      chunk,
      tag,
      sealed.subarray(0, bytesRead),
      null,
    );
    await target.write(chunk);
  }
  await source.close();
  await target.close();
  return output;
}
