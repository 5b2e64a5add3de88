import { randomInt } from 'node:crypto';
import { integer, runCommand } from '../command-line.mjs';
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

const OPTIONS = {
  seconds: /** @type {const} */ ({ type: 'string', default: '30' }),
  count: /** @type {const} */ ({ type: 'string' }),
  seed: /** @type {const} */ ({ type: 'string' }),
  target: /** @type {const} */ ({ type: 'string' }),
  input: /** @type {const} */ ({ type: 'string' }),
};

await runCommand(USAGE, OPTIONS, main);

/** @param {{ seconds: string } & Partial<Record<keyof typeof OPTIONS, string>>} values */
async function main(values) {
  const options = numbersIn(values);
  const library = await loadLibrary(
    (module) =>
      import(new URL(`../../dist/core/${module}.js`, import.meta.url).href),
  );
  const codeOf = (/** @type {any} */ error) =>
    error instanceof library.FileEncryptorError ? error.code : undefined;
  const { target: wanted, input } = values;
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
 * @param {ReturnType<typeof numbersIn>} options
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

/** @param {{ seconds: string, count?: string, seed?: string }} values */
function numbersIn({ seconds, count, seed }) {
  return {
    seconds: integer('seconds', seconds),
    count: count && integer('count', count),
    seed: integer('seed', seed ?? String(randomInt(2 ** 32))),
  };
}
