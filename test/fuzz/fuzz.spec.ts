import { describe, expect, it } from 'vitest';
import * as containers from '../../lib/core/container/container-reader.js';
import * as errors from '../../lib/core/errors.js';
import * as streams from '../../lib/core/floe/decrypt-stream.js';
import * as messages from '../../lib/core/floe/short-message.js';
import * as bindings from '../../lib/core/keys/associated-data.js';
import * as information from '../../lib/core/keys/file-information.js';
import * as chains from '../../lib/core/keys/key-chain.js';
import * as keyrings from '../../lib/core/keys/keyring.js';
import * as terms from '../../lib/core/keys/link-terms.js';
import * as wrapped from '../../lib/core/keys/wrapped-key.js';
import * as names from '../../lib/core/legacy/legacy-name.js';
import * as files from '../../lib/core/legacy/read-legacy-file.js';
import * as keys from '../../lib/core/secret-key.js';

/** The fuzzer runs without a compiler, so it is no TypeScript. */
const load = async <T>(module: string) =>
  (await import(new URL(module, import.meta.url).href)) as T;

type CodeOf = (error: unknown) => string | undefined;

interface Target {
  readonly id: string;
  readonly group: string;
}

interface Finding {
  readonly target: string;
  readonly input: string;
  readonly fault: string;
}

interface Outcome {
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly finding?: Finding;
}

const { allTargets, loadLibrary } = await load<{
  readonly allTargets: (library: object) => readonly Target[];
  readonly loadLibrary: (
    module: (path: string) => Promise<object>,
  ) => Promise<object>;
}>('./targets.mjs');

const { examine, run } = await load<{
  readonly run: (
    targets: readonly Target[],
    campaign: {
      seed: number;
      goesOn: (number: number) => boolean;
      codeOf: CodeOf;
    },
  ) => Promise<Outcome>;
  readonly examine: (
    target: Target | undefined,
    input: Buffer,
    codeOf: CodeOf,
  ) => Promise<{ answer: string; fault?: string }>;
}>('./campaign.mjs');

/** The sources, by their path below `core`. */
const MODULES: Readonly<Record<string, object>> = {
  errors,
  'secret-key': keys,
  'container/container-reader': containers,
  'floe/decrypt-stream': streams,
  'floe/short-message': messages,
  'keys/associated-data': bindings,
  'keys/file-information': information,
  'keys/key-chain': chains,
  'keys/keyring': keyrings,
  'keys/link-terms': terms,
  'keys/wrapped-key': wrapped,
  'legacy/legacy-name': names,
  'legacy/read-legacy-file': files,
};

const library = await loadLibrary(async (path) => MODULES[path] ?? {});

const codeOf: CodeOf = (error) =>
  error instanceof errors.FileEncryptorError ? error.code : undefined;

/** Gives so many inputs to parsers. */
function fuzz(
  count: number,
  targets: readonly Target[] = allTargets(library),
): Promise<Outcome> {
  const goesOn = (number: number) => number < count;
  return run(targets, { seed: 20_261_125, goesOn, codeOf });
}

describe('the parsers', () => {
  it('refuse inputs with errors of this package, or read them rightly', async () => {
    const { counts, finding } = await fuzz(10_200);
    expect(finding).toBeUndefined();
    const answered = Object.entries(counts).map(([group, answers]) => {
      return [group, Object.keys(answers).toSorted()];
    });
    // All that they can answer was met.
    expect(Object.fromEntries(answered)).toEqual({
      container: ['FORMAT', 'INTEGRITY', 'right'],
      header: ['FORMAT', 'INTEGRITY', 'right'],
      stream: ['FORMAT', 'INTEGRITY', 'right'],
      'wrapped-key': ['FORMAT', 'right'],
      'data-key': ['FORMAT', 'INTEGRITY', 'WRONG_KEY', 'right'],
      token: ['FORMAT', 'INTEGRITY', 'KEY_NOT_FOUND', 'right'],
      'keyring-blob': ['FORMAT', 'INTEGRITY', 'right'],
      'provider-unwrap': ['INTEGRITY', 'KEY_PROVIDER', 'right'],
      'provider-wrap': ['KEY_PROVIDER', 'right'],
      'provider-id': ['CONFIGURATION', 'right'],
      information: ['FORMAT', 'INTEGRITY', 'right'],
      'information-json': ['INTEGRITY', 'right'],
      terms: ['FORMAT', 'INTEGRITY', 'right'],
      'terms-json': ['INTEGRITY', 'right'],
      legacy: ['FORMAT', 'right'],
      'legacy-changing': ['FORMAT', 'right'],
      'legacy-name': ['FORMAT', 'right'],
    });
  });

  it('are given the same inputs for the same seed', async () => {
    expect(await fuzz(850)).toEqual(await fuzz(850));
  });
});

describe('the fuzzer', () => {
  const { openTerms } = terms;
  const { parseWrappedKey } = wrapped;
  const { readLegacyFile } = files;

  it.each([
    [
      'throws another error',
      'terms',
      {
        openTerms: (...given: Parameters<typeof openTerms>) => {
          if (given[1].length % 7 === 3) throw new TypeError('unforeseen');
          return openTerms(...given);
        },
      },
      'It threw what it may not: TypeError: unforeseen',
    ],
    [
      'takes what it must refuse',
      'wrapped-key',
      {
        parseWrappedKey: (text: string) => {
          return parseWrappedKey(text.replace(/=+$/, ''));
        },
      },
      'It took what it must refuse.',
    ],
    [
      'refuses what is right',
      'wrapped-key',
      {
        parseWrappedKey: (text: string) => {
          if (text.length > 200) throw new errors.FormatError('long');
          return parseWrappedKey(text);
        },
      },
      'It refused what is right: FormatError: long',
    ],
    [
      'gives something else',
      'legacy',
      {
        readLegacyFile: async (
          ...given: Parameters<typeof readLegacyFile>
        ): Promise<files.LegacyFile> => {
          const file = await readLegacyFile(...given);
          return { ...file, size: file.size + 1 };
        },
      },
      'It gave another result than the right one.',
    ],
  ])('finds a parser that %s, and again', async (_, group, changed, fault) => {
    const targets = allTargets({ ...library, ...changed }).filter(
      (target) => target.group === group,
    );
    const { finding } = await fuzz(5000, targets);
    expect(finding?.fault ?? '').toContain(fault);
    const target = targets.find(({ id }) => id === finding?.target);
    const input = Buffer.from(finding?.input ?? '', 'hex');
    const again = await examine(target, input, codeOf);
    expect(again.fault ?? '').toContain(fault);
  });
});
