import { createDecipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** @import { Target } from './campaign.mjs' */

const FOLDER = new URL('../fixtures/flask-encryptor/', import.meta.url);
const LEAVE = { allowUnauthenticated: true };
const HEADER = 24;
const MAX_BYTES = 4000;

/**
 * Files and names of Flask-Encryptor. Nothing authenticates them: what comes out
 * must be what their bytes say, or they must be refused.
 *
 * @param {any} library
 * @returns {Target[]}
 */
export function legacyTargets(library) {
  const manifest = readFileSync(new URL('manifest.json', FOLDER), 'utf8');
  return JSON.parse(manifest).files.flatMap((/** @type {any} */ file) => {
    const seed = readFileSync(new URL(file.bin, FOLDER));
    const facts = { library, seed, file };
    return seed.length > MAX_BYTES
      ? [name(facts)]
      : [stored(facts), changing(facts), name(facts)];
  });
}

/** @returns {Target} @param {any} facts */
function stored({ library, seed, file: { id, token, chunkSize } }) {
  const odd = chunkSize % 16 === 0 ? undefined : chunkSize;
  return {
    group: 'legacy',
    id: `legacy:${id}`,
    seed,
    codes: ['FORMAT'],
    words: [' ', ' '.repeat(16), '\0\0\0\0\0\0\0\0'],
    expected: (input) => fileOf(input, keyOf(token), odd),
    read: (input) =>
      readFile(library, input, { token, length: input.length, chunkSize: odd }),
  };
}

/**
 * A file that has another length when it is read than it had before.
 *
 * @returns {Target} @param {any} facts
 */
function changing({ library, seed, file: { id, token, chunkSize } }) {
  const odd = chunkSize % 16 === 0 ? undefined : chunkSize;
  return {
    group: 'legacy-changing',
    id: `legacy-changing:${id}`,
    seed,
    codes: ['FORMAT'],
    expected: (input) =>
      input.length === seed.length
        ? fileOf(input, keyOf(token), odd)
        : undefined,
    read: (input) =>
      readFile(library, input, { token, length: seed.length, chunkSize: odd }),
  };
}

/** @returns {Target} @param {any} facts */
function name({ library, file: { id, globalKey, realnameHex } }) {
  return {
    group: 'legacy-name',
    id: `legacy-name:${id}`,
    seed: Buffer.from(realnameHex, 'hex'),
    codes: ['FORMAT'],
    expected: (input) => {
      if (input.length < 16) return undefined;
      const iv = input.subarray(0, 16);
      const decipher = createDecipheriv('aes-256-cfb8', keyOf(globalKey), iv);
      const bytes = decipher.update(input.subarray(16));
      const text = bytes.toString();
      return Buffer.from(text).equals(bytes) ? text : undefined;
    },
    read: (input) =>
      library.decryptLegacyName(input, { ...LEAVE, globalKey }).name,
  };
}

/**
 * @param {any} library
 * @param {Buffer} input
 * @param {any} options
 */
async function readFile({ readLegacyFile }, input, options) {
  const length = 1 + ((input.length * 7) % 61);
  async function* source() {
    for (let at = 0; at < input.length; at += length) {
      yield input.subarray(at, at + length);
    }
  }
  const file = await readLegacyFile(source(), { ...LEAVE, ...options });
  /** @type {Buffer[]} */
  const pieces = [];
  for await (const piece of file.content) pieces.push(Buffer.from(piece));
  return { size: file.size, content: Buffer.concat(pieces) };
}

/**
 * What a file says, all at once; undefined if it contradicts itself.
 *
 * @param {Buffer} input
 * @param {Buffer} key
 * @param {number | undefined} oddChunkSize
 */
function fileOf(input, key, oddChunkSize) {
  if (input.length < HEADER) return undefined;
  const claimed = input.readBigUInt64LE(0);
  const body = input.subarray(HEADER);
  const run = [oddChunkSize, 16].find(
    (chunk) =>
      chunk && bodyLength(claimed, BigInt(chunk)) === BigInt(body.length),
  );
  if (!run) return undefined;
  const size = Number(claimed);
  const decipher = createDecipheriv(
    'aes-256-cbc',
    key,
    input.subarray(8, HEADER),
  );
  decipher.setAutoPadding(false);
  const text = decipher.update(body);
  /** @type {Buffer[]} */
  const content = [];
  let at = 0;
  for (let left = size; left > 0; left -= run) {
    const length = Math.min(left, run);
    const end = at + Math.ceil(length / 16) * 16;
    content.push(text.subarray(at, at + length));
    if (text.subarray(at + length, end).some((byte) => byte !== 0x20)) {
      return undefined;
    }
    at = end;
  }
  return { size, content: Buffer.concat(content) };
}

/** @param {bigint} size @param {bigint} chunk */
function bodyLength(size, chunk) {
  return (size / chunk) * filled(chunk) + filled(size % chunk);
}

/** @param {bigint} length */
function filled(length) {
  return ((length + 15n) / 16n) * 16n;
}

/** @param {string} secret */
function keyOf(secret) {
  return createHash('sha256').update(secret).digest();
}
