import { isDeepStrictEqual } from 'node:util';
import { mutate } from './mutation.mjs';
import { Random } from './random.mjs';

/**
 * One parser, with an input that it takes.
 *
 * @typedef {object} Target
 * @property {string} group - The parser; what answers are counted by.
 * @property {string} id - Names it among all.
 * @property {Buffer} seed - What inputs are made from.
 * @property {readonly string[]} codes - Codes of the errors that it may give.
 * @property {readonly string[]} [words] - What its format knows.
 * @property {boolean} [isSealed] - Whether base64url stands behind its last dot.
 * @property {(input: Buffer) => unknown} expected - What the input is, told
 * without the library; undefined if it must be refused.
 * @property {(input: Buffer) => unknown} read - What the library makes of it.
 */

/**
 * What the library should not have done.
 *
 * @typedef {object} Finding
 * @property {string} target
 * @property {number} number - Which input of its run it was, from 0.
 * @property {string} input - In hexadecimal.
 * @property {string} fault
 */

/**
 * @typedef {object} Campaign
 * @property {number} seed
 * @property {(number: number) => boolean} goesOn - Asked before each input.
 * @property {(error: unknown) => string | undefined} codeOf - Of a typed error.
 * @property {(target: Target, input: Buffer, number: number) => void} [onInput]
 */

/** What `read` throws where a part of what it did was wrong. */
export class WrongBytes extends Error {}

/**
 * Gives inputs to the parsers in turns until it is enough, or one is wrong.
 *
 * @param {readonly Target[]} targets
 * @param {Campaign} campaign
 * @returns {Promise<{ counts: Record<string, Record<string, number>>, finding?: Finding }>}
 */
export async function run(targets, { seed, goesOn, codeOf, onInput }) {
  const random = new Random(seed);
  const groups = Object.values(groupsOf(targets));
  /** @type {Record<string, Record<string, number>>} */
  const counts = {};
  for (let number = 0; goesOn(number); number += 1) {
    const group = groups[number % groups.length] ?? [];
    const target = random.pick(group);
    const input = inputFor(target, group, random);
    onInput?.(target, input, number);
    const { answer, fault } = await examine(target, input, codeOf);
    if (fault) {
      const hex = input.toString('hex');
      const finding = { target: target.id, number, input: hex, fault };
      return { counts, finding };
    }
    const answers = (counts[target.group] ??= {});
    answers[answer] = (answers[answer] ?? 0) + 1;
  }
  return { counts };
}

/**
 * Gives one input to a parser.
 *
 * @param {Target} target
 * @param {Buffer} input
 * @param {Campaign['codeOf']} codeOf
 * @returns {Promise<{ answer: string, fault?: string }>} `right`, or the code of
 * the error.
 */
export async function examine(target, input, codeOf) {
  const expected = target.expected(Buffer.from(input));
  let result;
  try {
    result = await target.read(Buffer.from(input));
  } catch (error) {
    const answer = codeOf(error) ?? 'another error';
    if (!target.codes.includes(answer)) {
      const text = error instanceof Error ? error.stack : String(error);
      return { answer, fault: `It threw what it may not: ${text}` };
    }
    if (expected === undefined) return { answer };
    return { answer, fault: `It refused what is right: ${String(error)}` };
  }
  const answer = 'right';
  if (isDeepStrictEqual(result, expected)) return { answer };
  const fault =
    expected === undefined
      ? 'It took what it must refuse.'
      : 'It gave another result than the right one.';
  return { answer, fault };
}

/**
 * @param {Target} target
 * @param {readonly Target[]} group
 * @param {Random} random
 */
function inputFor(target, group, random) {
  const { seed, isSealed, words = ['.', '\0'] } = target;
  const others = group.map((other) => other.seed);
  if (!isSealed || random.chance(40)) {
    return mutate(random, seed, { others, words });
  }
  const change = mutate(random, sealed(seed), {
    others: others.map(sealed),
    words,
  });
  const prefix = seed.subarray(0, seed.lastIndexOf('.') + 1);
  return Buffer.concat([prefix, Buffer.from(change.toString('base64url'))]);
}

/** @param {Buffer} text @returns {Buffer} the bytes behind its last dot. */
function sealed(text) {
  const encoded = text.subarray(text.lastIndexOf('.') + 1).toString();
  return Buffer.from(encoded, 'base64url');
}

/**
 * @param {readonly Target[]} targets
 * @returns {Record<string, Target[]>}
 */
function groupsOf(targets) {
  /** @type {Record<string, Target[]>} */
  const groups = {};
  for (const target of targets) (groups[target.group] ??= []).push(target);
  return groups;
}
