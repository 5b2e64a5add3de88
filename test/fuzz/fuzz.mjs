import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { examine, run } from './campaign.mjs';
import { allTargets, loadLibrary } from './targets.mjs';

const USAGE = `Usage: npm run fuzz -- [options]

  --seconds N    how long (30)
  --count N      how many inputs, instead
  --seed N       the same inputs again; a random one when absent
  --target ID    only this parser, such as token, or one of its seeds, token:0
  --input HEX    only this input, to --target
  --help         print this

It ends with 1 at the first input that is neither refused by an error of this
package nor read rightly, and prints what is needed to give it again.`;

/** The input at hand, for what nobody waits for. */
let current = '';

process.on('unhandledRejection', (error) => {
  console.error(current, error);
  process.exit(1);
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error);
  process.exitCode = 2;
}

/** @param {string[]} args */
async function main(args) {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const library = await loadLibrary(
    (module) =>
      import(new URL(`../../dist/core/${module}.js`, import.meta.url).href),
  );
  const codeOf = (/** @type {any} */ error) =>
    error instanceof library.FileEncryptorError ? error.code : undefined;
  const { target: wanted, input } = options;
  const targets = allTargets(library).filter(
    ({ group, id }) => !wanted || id === wanted || group === wanted,
  );
  const [target] = targets;
  if (!target) throw new RangeError(`There is no parser ${wanted}.`);
  if (input === undefined) await search(targets, options, codeOf);
  else report(target, await examine(target, Buffer.from(input, 'hex'), codeOf));
}

/**
 * @param {import('./campaign.mjs').Target[]} targets
 * @param {ReturnType<typeof parseOptions>} options
 * @param {import('./campaign.mjs').Campaign['codeOf']} codeOf
 */
async function search(targets, { seed, seconds, count }, codeOf) {
  console.log(`seed ${seed}, ${count ? `${count} inputs` : `${seconds} s`}`);
  const end = performance.now() + seconds * 1000;
  const { counts, finding } = await run(targets, {
    seed,
    goesOn: (number) => (count ? number < count : performance.now() < end),
    codeOf,
    onInput: (target, input, number) => {
      current = `seed ${seed}, input ${number}: --target ${target.id} --input ${input.toString('hex')}`;
    },
  });
  console.table(counts);
  const answers = Object.values(counts).flatMap((each) => Object.values(each));
  console.log(`${answers.reduce((sum, each) => sum + each, 0)} inputs`);
  if (finding) {
    console.error(`${current}\n${finding.fault}`);
    process.exitCode = 1;
  }
}

/**
 * @param {import('./campaign.mjs').Target} target
 * @param {{ answer: string, fault?: string }} result
 */
function report({ id }, { answer, fault }) {
  console.log(`${id}: ${fault ?? answer}`);
  if (fault) process.exitCode = 1;
}

/** @param {string[]} args */
function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '30' },
      count: { type: 'string' },
      seed: { type: 'string' },
      target: { type: 'string' },
      input: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    ...values,
    seconds: integer('seconds', values.seconds),
    count: values.count && integer('count', values.count),
    seed: integer('seed', values.seed ?? String(randomInt(2 ** 32))),
  };
}

/** @param {string} option @param {string} text */
function integer(option, text) {
  const value = Number(text);
  if (text !== '' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`--${option} is a number from 0 on, not ${text}.`);
}
