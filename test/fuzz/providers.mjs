import { readFileSync } from 'node:fs';

/** @import { Target } from './campaign.mjs' */

const VECTORS = new URL('../vectors/keys/vectors.json', import.meta.url);
const WORDS = ['.', ' ', '~', '!', '\n', '\0', '\x7f', 'é', '\u{1f600}'];
const three = async () => Buffer.of(0, 1, 2);

/**
 * What a key provider gives, whatever it is.
 *
 * @param {any} library
 * @returns {Target[]}
 */
export function providerTargets({ KeyChain }) {
  const { tokens } = JSON.parse(readFileSync(VECTORS, 'utf8'));
  const { value, owner } = tokens[0];
  const some = Buffer.concat([Buffer.of(0), Buffer.alloc(32, 'key')]);
  return [
    {
      group: 'provider-unwrap',
      id: 'provider-unwrap',
      seed: some,
      codes: ['INTEGRITY', 'KEY_PROVIDER'],
      expected: (input) => {
        const bytes = bytesOf(input);
        return bytes?.length === 32 ? bytes.toString('hex') : undefined;
      },
      read: async (input) => {
        const unwrap = async () => answerOf(input);
        const chain = new KeyChain({ primaryId: 'some', unwrap });
        return (await chain.openToken(value, owner)).toBytes().toString('hex');
      },
    },
    {
      group: 'provider-wrap',
      id: 'provider-wrap',
      seed: some,
      codes: ['KEY_PROVIDER'],
      expected: (input) => {
        const bytes = bytesOf(input);
        return bytes && bytes.length > 0 && bytes.length <= 4096
          ? `1.some.${bytes.toString('base64url')}`
          : undefined;
      },
      read: async (input) => {
        const wrap = async () => answerOf(input);
        const chain = new KeyChain({ primaryId: 'some', wrap });
        return (await chain.createToken(owner)).value;
      },
    },
    {
      group: 'provider-id',
      id: 'provider-id',
      seed: Buffer.from('arn:kms:eu-1:2:key/a.b'),
      codes: ['CONFIGURATION'],
      words: WORDS,
      expected: (input) => {
        const text = input.toString();
        const isRight =
          text.length > 0 &&
          text.length <= 256 &&
          Array.from(text).every((one) => one >= '!' && one <= '~');
        return isRight ? `1.${text}.AAEC` : undefined;
      },
      read: async (input) => {
        const primaryId = input.toString();
        return (
          await new KeyChain({ primaryId, wrap: three }).createToken(owner)
        ).value;
      },
    },
  ];
}

/**
 * What a provider gives: its kind in the first byte, then what it is made of.
 *
 * @param {Buffer} input
 * @returns {unknown}
 */
function answerOf(input) {
  const rest = input.subarray(1);
  const kinds = [
    () => new Uint8Array(rest),
    () => rest,
    () => rest.toString('latin1'),
    () => [...rest],
    () => ({ length: rest.length }),
    () => undefined,
    () => null,
    () => new Uint16Array(rest.length),
    () => {
      throw new Error(rest.toString('latin1'));
    },
    () => {
      throw rest.length > 0 ? rest : undefined;
    },
  ];
  return kinds[(input[0] ?? 0) % kinds.length]?.();
}

/** @param {Buffer} input @returns its bytes, if it gives bytes. */
function bytesOf(input) {
  return (input[0] ?? 0) % 10 < 2 ? input.subarray(1) : undefined;
}
