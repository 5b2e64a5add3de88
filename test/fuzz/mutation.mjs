/** @import { Random } from './random.mjs' */

/**
 * What inputs are made from.
 *
 * @typedef {object} Material
 * @property {readonly Buffer[]} others - Inputs of the same kind, to splice from.
 * @property {readonly string[]} words - What the format knows, to insert.
 */

/** Longer inputs are cut: they cost time and show nothing new. */
const MAX_BYTES = 16 * 1024;

const BYTES = [0, 1, 0x20, 0x2e, 0x7f, 0x80, 0xff];
const NUMBERS = [
  0,
  1,
  15,
  16,
  31,
  32,
  33,
  47,
  48,
  64,
  74,
  106,
  255,
  4096,
  65_535,
  65_536,
  65_568,
  65_569,
  2 ** 24,
  2 ** 24 + 32,
  2 ** 24 + 33,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 32,
  2 ** 32 - 1,
];

const DECIMALS = [
  '0',
  '1',
  '-1',
  '-0',
  '0.5',
  '00',
  '1e3',
  '1e400',
  'null',
  '"1"',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551616',
];

/**
 * Changes an input: most often once, sometimes a few times, sometimes not.
 *
 * @param {Random} random
 * @param {Buffer} input - stays as it is.
 * @param {Material} material
 * @returns {Buffer}
 */
export function mutate(random, input, material) {
  if (random.chance(2)) return random.bytes(random.below(300));
  let changes = random.chance(5) ? 0 : 1;
  while (changes > 0 && changes < 6 && random.chance(40)) changes += 1;
  let bytes = Buffer.from(input);
  for (let change = 0; change < changes; change += 1) {
    bytes = random.pick(CHANGES)(bytes, random, material);
  }
  return bytes.subarray(0, MAX_BYTES);
}

/** @type {readonly ((bytes: Buffer, random: Random, material: Material) => Buffer)[]} */
const CHANGES = [
  function flipBit(bytes, random) {
    return set(bytes, random, (byte) => byte ^ (1 << random.below(8)));
  },
  function setByte(bytes, random) {
    return set(bytes, random, () => random.pick(BYTES));
  },
  function replaceByte(bytes, random) {
    return set(bytes, random, () => random.below(256));
  },
  function step(bytes, random) {
    return set(bytes, random, (byte) => byte + random.pick([1, 255]));
  },
  function cut(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function cutAtBorder(bytes, random) {
    // Where segments end, if it is a container.
    const stride = bytes.length < 74 ? 16 : bytes.readUInt32BE(2) || 16;
    const pieces = Math.floor((bytes.length - 74) / stride) + 1;
    const end = 74 + stride * random.below(Math.max(1, pieces));
    return bytes.subarray(0, end);
  },
  function replaceNumber(bytes, random) {
    const text = bytes.toString('latin1');
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: digits } = random.pick(numbers);
    return Buffer.concat([
      bytes.subarray(0, index),
      Buffer.from(random.pick(DECIMALS)),
      bytes.subarray(index + digits.length),
    ]);
  },
  function cutBeginning(bytes, random) {
    return bytes.subarray(random.below(bytes.length + 1));
  },
  function leaveOut(bytes, random) {
    const { start, end } = run(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  function repeat(bytes, random) {
    const { start, end } = run(bytes, random);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
  },
  function move(bytes, random) {
    const { start, end } = run(bytes, random);
    const rest = Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
    return insert(rest, random, bytes.subarray(start, end));
  },
  function insertBytes(bytes, random) {
    return insert(bytes, random, random.bytes(1 + random.below(64)));
  },
  function insertWord(bytes, random, { words }) {
    return insert(bytes, random, Buffer.from(random.pick(words)));
  },
  function append(bytes, random, { others }) {
    const more = [bytes, random.pick(others), random.bytes(random.below(100))];
    return Buffer.concat([bytes, random.pick(more)]);
  },
  function splice(bytes, random, { others }) {
    const other = random.pick(others);
    const { start, end } = run(bytes, random);
    const part = other.subarray(start, end);
    return Buffer.concat([
      bytes.subarray(0, start),
      part,
      bytes.subarray(start + part.length),
    ]);
  },
  function join(bytes, random, { others }) {
    const other = random.pick(others);
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), other.subarray(at)]);
  },
  function setNumber(bytes, random) {
    if (bytes.length < 8) return bytes;
    const copy = Buffer.from(bytes);
    const number = random.pick(NUMBERS);
    // Where numbers stand in the formats, and anywhere.
    const at = Math.min(
      random.pick([0, 2, 6, 74, random.below(bytes.length)]),
      bytes.length - 8,
    );
    if (random.chance(50)) copy.writeUInt32BE(number, at);
    else copy.writeBigUInt64LE(BigInt(number), at);
    return copy;
  },
];

/**
 * @param {Buffer} bytes
 * @param {Random} random
 * @param {(byte: number) => number} change
 */
function set(bytes, random, change) {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  const at = random.below(bytes.length);
  copy[at] = change(bytes.readUInt8(at));
  return copy;
}

/**
 * @param {Buffer} bytes
 * @param {Random} random
 * @param {Buffer} part
 */
function insert(bytes, random, part) {
  // At both ends formats are taken too lightly most of all.
  const anywhere = random.below(bytes.length + 1);
  const at = random.pick([0, bytes.length, anywhere, anywhere, anywhere]);
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
}

/**
 * @param {Buffer} bytes
 * @param {Random} random
 */
function run(bytes, random) {
  const start = random.below(bytes.length + 1);
  const length = random.pick([1, 4, 16, 32, 48, 96, random.below(200)]);
  return { start, end: Math.min(bytes.length, start + length) };
}
