import { type ErrorCode, FileEncryptorError } from '../../lib/core/errors.js';
import type { Answers } from './hostile-calls.js';
import type { Target } from './hostile-place.js';
import type { Manipulation } from './hostile-texts.js';

/** Where a changed column is noticed. */
type Stage =
  | 'untouched'
  /** The row is not found by its filename any more. */
  | 'lookup'
  /** The row does not open. */
  | 'row'
  /** The row opens, its content does not. */
  | 'content'
  | 'token'
  | 'link';

type Wanted = Readonly<Record<string, readonly string[]>>;

/** What is wrong with the answers to a manipulation; empty if nothing is. */
export function faultsOf(
  answers: Answers,
  {
    target,
    manipulation,
    lenient,
  }: {
    readonly target: Target;
    readonly manipulation: Manipulation;
    /** Whether the database compares texts without regard to case. */
    readonly lenient: boolean;
  },
): string[] {
  const wanted = wantedOf(target, manipulation.codes, lenient);
  const { table, column } = target;
  return Object.entries(answers).flatMap(([call, answer]) => {
    const right = wanted[call] ?? [];
    return right.includes(answer)
      ? []
      : [
          `${table}.${column}, ${manipulation.what}: ${call} answers ${answer}, not ${right.join(' or ')}`,
        ];
  });
}

function wantedOf(
  target: Target,
  codes: readonly ErrorCode[],
  lenient: boolean,
): Wanted {
  const stage = codes.length === 0 ? 'untouched' : stageOf(target);
  switch (stage) {
    case 'untouched':
      return untouched();
    case 'lookup':
      return lookup(codes, lenient ? codes : []);
    case 'row':
      return { ...failing(codes), list: ['left out'], linkList: codes };
    case 'token':
      return { ...failing(codes), save: codes, rewrap: [...codes, 'nothing'] };
    case 'content':
      return { ...untouched(), ...pick(failing(codes), CONTENT) };
    default:
      return {
        ...untouched(),
        ...pick(failing(codes), LINK),
        linkList: LISTING[target.column] ?? ['left out'],
      };
  }
}

function stageOf({ table, column }: Target): Stage {
  if (table !== 'file') return table;
  if (column === 'filename') return 'lookup';
  return column === 'path' ? 'content' : 'row';
}

/** The list of a file's links, where it does not leave a bad one out. */
const LISTING: Wanted = {
  filename: ['absent', 'left out'],
  remaining: ['listed'],
  budget: ['listed'],
};
const OPENING = [
  'find',
  'stream',
  'describe',
  'open',
  'verify',
  'decryptFile',
  'linkFind',
  'linkRedeem',
];
const REQUESTS = ['get', 'page', 'post'];
const CONTENT = ['stream', 'verify', 'decryptFile', 'get', 'post'];
const LINK = ['linkFind', 'linkRedeem', 'page', 'post'];

function untouched(): Wanted {
  return {
    ...same([...OPENING, ...REQUESTS, 'head'], ['mine']),
    ...same(['list', 'linkList'], ['listed']),
    save: ['saved'],
    rewrap: ['nothing'],
  };
}

/** Everything answers one of the codes. */
function failing(codes: readonly ErrorCode[]): Wanted {
  return {
    ...same([...OPENING, 'list', 'linkList'], codes),
    ...same(REQUESTS, codes.map(outside)),
    head: codes.map((code) => String(statusOf(code))),
  };
}

function lookup(
  codes: readonly ErrorCode[],
  found: readonly ErrorCode[],
): Wanted {
  const file = failing(['FILE_NOT_FOUND', ...found]);
  const link = failing(['LINK_INVALID', ...found]);
  return {
    ...failing(codes),
    ...pick(file, ['find', 'stream', 'linkList', 'get', 'head']),
    ...pick(link, LINK),
    list: ['left out'],
  };
}

function outside(code: ErrorCode): string {
  const status = statusOf(code);
  return `${status} ${status < 500 ? code : 'INTERNAL_ERROR'}`;
}

function statusOf(code: ErrorCode): number {
  return new FileEncryptorError(code, '').status;
}

function same(calls: readonly string[], answers: readonly string[]): Wanted {
  return Object.fromEntries(calls.map((call) => [call, answers]));
}

function pick(wanted: Wanted, calls: readonly string[]): Wanted {
  return Object.fromEntries(calls.map((call) => [call, wanted[call] ?? []]));
}
