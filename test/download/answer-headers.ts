import { expect } from 'vitest';
import type { ExpectedValidators } from './expected-validators.js';
import type { Answer } from './request-row.js';

/** What of the file an answer's headers depend on. */
export interface FileFacts extends ExpectedValidators {
  /** Bytes. */
  readonly size: number;
}

/** Names are in small letters. */
export interface HeaderRules {
  /** As `toMatchObject` takes them. */
  readonly has: Readonly<Record<string, unknown>>;
  readonly lacks: readonly string[];
}

/** The headers that an answer must have and must not have. */
export function headerRules(answer: Answer, file: FileFacts): HeaderRules {
  return RULES[answer.status](answer, file);
}

type Rule = (answer: Answer, file: FileFacts) => HeaderRules;

/** The length is known always, and so is the content without decoding. */
const ENCODED = ['transfer-encoding', 'content-encoding'];

const whole: Rule = (_, file) => ({
  has: { ...described(file), 'content-length': String(file.size) },
  lacks: ['content-range', ...ENCODED],
});

const RULES: Readonly<Record<Answer['status'], Rule>> = {
  200: whole,
  201: whole,
  206: ({ start = 0, end = 0 }, file) => ({
    has: {
      ...described(file),
      'content-length': String(end - start),
      'content-range': `bytes ${start}-${end - 1}/${file.size}`,
    },
    lacks: ENCODED,
  }),
  // 15.4.5: what a cache may need, and nothing else that describes content.
  304: (_, file) => ({
    // 9111, 4.3.4: a cache takes over what a 304 says.
    has: { ...cached(file), ...SAFE },
    lacks: [
      'content-type',
      'content-length',
      'content-range',
      'content-disposition',
      ...ENCODED,
    ],
  }),
  412: () => ({
    has: { 'content-type': like(/^application\/json\b/) },
    lacks: ['content-range', 'content-disposition', ...ENCODED],
  }),
  416: (_, { size }) => ({
    has: {
      'content-type': like(/^application\/json\b/),
      'content-range': `bytes */${size}`,
    },
    lacks: ['content-disposition', ...ENCODED],
  }),
};

const SAFE = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

function cached({ etag, lastModified }: ExpectedValidators) {
  return {
    date: like(/ GMT$/),
    etag,
    'last-modified': lastModified,
    'cache-control': 'private, no-store, no-transform',
  };
}

function described(file: FileFacts) {
  return {
    ...cached(file),
    ...SAFE,
    'accept-ranges': 'bytes',
    'content-type': like(/^text\/plain\b/),
    'content-disposition': 'attachment; filename=a.txt',
  };
}

function like(form: RegExp): unknown {
  return expect.stringMatching(form);
}
