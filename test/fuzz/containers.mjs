import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { WrongBytes } from './campaign.mjs';

/** @import { Target } from './campaign.mjs' */

const FOLDER = new URL('../vectors/containers/', import.meta.url);
const HEADER = 74;
const CODES = ['INTEGRITY', 'FORMAT'];

/** Larger ones would be read most of the time. */
const MAX_BYTES = 3000;

/**
 * A frozen container.
 *
 * @typedef {object} Frozen
 * @property {string} file
 * @property {Buffer} seed
 * @property {Buffer} content
 */

/**
 * The frozen containers, read as a file is, as a stream is, and under a header
 * whose tag is always right, as if the attacker had the key.
 *
 * @param {any} library
 * @returns {Target[]}
 */
export function containerTargets(library) {
  const manifest = readFileSync(new URL('manifest.json', FOLDER), 'utf8');
  const { key: hex, containers } = JSON.parse(manifest);
  const keyBytes = Buffer.from(hex, 'hex');
  const aad = Buffer.from(containers[0].aad, 'hex');
  const key = library.SecretKey.from(keyBytes);
  const all = frozen(containers);
  const ours = all.filter(({ file }) => file.startsWith('chunks-'));
  const facts = { library, key, aad, ours };
  const tagged = (/** @type {Buffer} */ input) => withTag(input, keyBytes, aad);
  return all.flatMap((one) => {
    const expected = (/** @type {Buffer} */ input) => {
      const content = contentOf(input, ours);
      return content?.length === one.content.length ? content : undefined;
    };
    return [
      {
        ...targetOf('container', one),
        expected,
        read: (input) => readContainer(input, one, facts),
      },
      {
        ...targetOf('header', one),
        expected: (input) => expected(tagged(input)),
        read: (input) => readContainer(tagged(input), one, facts),
      },
      {
        ...targetOf('stream', one),
        // It knows no size: any of them is right.
        expected: (input) => contentOf(input, ours),
        read: (input) => readStream(input, facts),
      },
    ];
  });
}

/** @param {any[]} containers @returns {Frozen[]} those that are small. */
function frozen(containers) {
  return containers
    .map(({ file, size }) => ({
      file,
      seed: readFileSync(new URL(file, FOLDER)),
      content: Buffer.from(Array.from({ length: size }, (_, at) => at % 251)),
    }))
    .filter(({ seed }) => seed.length <= MAX_BYTES);
}

/** @param {string} group @param {Frozen} frozen */
function targetOf(group, { file, seed }) {
  return { group, id: `${group}:${file}`, seed, codes: CODES };
}

/** @param {Buffer} input @param {readonly Frozen[]} ours */
function contentOf(input, ours) {
  return ours.find(({ seed }) => seed.equals(input))?.content;
}

/**
 * @param {Buffer} input
 * @param {Frozen} frozen - in whose place it lies.
 * @param {any} facts
 */
async function readContainer(input, { content }, { library, key }) {
  const size = content.length;
  const object = {
    size: input.length,
    read: async (/** @type {Buffer} */ into, /** @type {number} */ at) =>
      input.copy(into, 0, at),
    close: async () => undefined,
  };
  const container = await library.ContainerReader.open(object, { key, size });
  const middle = { start: Math.floor(size / 3), end: Math.ceil(size / 2) };
  const part = content.subarray(middle.start, middle.end);
  await checked(container.decrypt(middle), part).catch(ifRefused);
  /** @type {Buffer[]} */
  const written = [];
  await container
    .decryptTo(async (/** @type {Buffer} */ batch) => {
      written.push(Buffer.from(batch));
    })
    .catch(ifRefused);
  const output = await checked(container.decrypt(), content);
  if (!Buffer.concat(written).equals(output)) {
    throw new WrongBytes('Two ways to read give different bytes.');
  }
  return output;

  /** @param {unknown} error - all of it is refused then too. */
  function ifRefused(error) {
    if (!(error instanceof library.IntegrityError)) throw error;
  }
}

/**
 * @param {Buffer} input
 * @param {any} facts
 */
async function readStream(input, { library, key, aad, ours }) {
  const header = input.subarray(0, HEADER);
  const origin = ours.find((/** @type {Frozen} */ { seed }) =>
    seed.subarray(0, HEADER).equals(header),
  );
  const length = 1 + ((input.length * 7) % 61);
  /** @type {Buffer[]} */
  const chunks = [];
  for (let at = 0; at < input.length; at += length) {
    chunks.push(input.subarray(at, at + length));
  }
  const stream = library.createDecryptStream(key, { aad });
  const source = Readable.from(chunks);
  source.pipe(stream);
  try {
    return await checked(stream, origin?.content ?? Buffer.alloc(0));
  } finally {
    source.destroy();
  }
}

/**
 * All that comes, as long as it is the beginning of the content.
 *
 * @param {AsyncIterable<Buffer>} pieces
 * @param {Buffer} content
 */
async function checked(pieces, content) {
  /** @type {Buffer[]} */
  const all = [];
  for await (const piece of pieces) {
    all.push(piece);
    if (!isBeginning(Buffer.concat(all), content)) {
      throw new WrongBytes('Bytes came that are not the content.');
    }
  }
  return Buffer.concat(all);
}

/** @param {Buffer} bytes @param {Buffer} content */
function isBeginning(bytes, content) {
  return bytes.equals(content.subarray(0, bytes.length));
}

/**
 * @param {Buffer} input
 * @param {Buffer} key
 * @param {Buffer} aad
 */
function withTag(input, key, aad) {
  if (input.length < HEADER) return input;
  const prefix = input.subarray(0, 42);
  const tag = createHmac('sha384', key)
    .update(prefix)
    .update('HEADER_TAG:')
    .update(aad)
    .update(Buffer.of(1))
    .digest()
    .subarray(0, 32);
  return Buffer.concat([prefix, tag, input.subarray(HEADER)]);
}
