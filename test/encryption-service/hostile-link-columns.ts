import {
  type Columns,
  cases,
  type Known,
  said,
  SIBLING,
  THEIRS,
} from './hostile-known.js';
import {
  DAMAGE,
  type Manipulation,
  respellings,
  type Value,
} from './hostile-texts.js';

/** Every column of a link's row that is sealed, or that leads to what is. */
export function linkManipulations(known: Known): Columns {
  const { mine, sibling, theirs } = known;
  const { terms, hash, owner, expiresAt, notBefore, maxDownloads } = mine.link;
  const { filename } = mine.file;
  return {
    terms: [
      ...cases([
        ['those of a link to another file', sibling.link.terms, 'INTEGRITY'],
        [THEIRS, theirs.link.terms, 'INTEGRITY'],
        ['the sealed name', mine.file.realname, 'INTEGRITY'],
        ['the wrapped key', mine.file.key, 'FORMAT'],
        ['the token', mine.token.value, 'FORMAT'],
        [
          'terms in clear',
          JSON.stringify({
            expiresAt,
            notBefore,
            maxDownloads,
            password: null,
          }),
          'FORMAT',
        ],
      ]),
      ...respellings({ text: terms }),
    ],
    hash: [
      ['another', 'A'.repeat(43)],
      ['capitals', hash.toUpperCase()],
      ['cut', hash.slice(0, -1)],
      ['nothing', ''],
      ['a space', `${hash.slice(1)} `],
      ['a null byte', `${hash.slice(1)}\0`],
      ['padding', `${hash.slice(1)}=`],
      ['hexadecimal', Buffer.from(hash, 'base64url').toString('hex')],
      ['no text', null],
      ['a number', 3],
    ].map(([what, value]) => ({
      what: String(what),
      value: value ?? null,
      codes: ['LINK_INVALID'] as const,
    })),
    owner: [
      theirs.link.owner,
      '',
      'userId',
      'userId=',
      '=1',
      '&',
      'userId=%',
      'userId=%31',
      'userId=01',
      'userId=+1',
      'userId=1.0',
      'userId=1e0',
      'userId=0',
      'userId=-1',
      'userId=3000000000',
      'userId=-3000000000',
      'userId=9223372036854775807',
      'userId=18446744073709551615',
      `userId=${'9'.repeat(40)}`,
      'userId=1%00',
      'userId=1\0',
      'userId=1 ',
      'USERID=1',
      'userId=1&userId=1',
      'userId=1&id=1',
      'userId=1&size=5',
      'id=1',
      'filename=a',
      '__proto__=1',
      'constructor=1',
      'toString=1',
      'userId.id=1',
      '{"userId":1}',
      'userId=\uff11',
      'userId=1 OR 1=1',
      `${owner}\n`,
      ` ${owner}`,
      mine.token.value,
      null,
      1,
      Buffer.from(owner),
    ].map((value) => ({
      what: said(value),
      value,
      codes: ['LINK_INVALID'] as const,
    })),
    filename: [
      ...cases([
        [SIBLING, sibling.file.filename, 'INTEGRITY'],
        [THEIRS, theirs.file.filename, 'LINK_INVALID'],
      ]),
      ...[
        '0'.repeat(32),
        filename.toUpperCase(),
        filename.slice(1),
        '',
        '..',
        '../..',
        `${filename.slice(1)}\n`,
        `${filename.slice(1)}\0`,
        null,
        7,
        Buffer.from(filename),
      ].map((value) => ({
        what: said(value),
        value,
        codes: ['LINK_INVALID'] as const,
      })),
    ],
    expiresAt: clear(expiresAt),
    notBefore: [
      ...clear(notBefore ?? 0),
      { what: 'no time', value: null, codes: DAMAGE },
    ],
    maxDownloads: clear(maxDownloads),
    ...counters(known),
  };
}

/**
 * Not sealed, since they change: who can write them gives back what was used.
 * They lead to no other file, and break no call.
 */
function counters({ mine }: Known): Columns {
  const { size } = mine.file;
  const times = ['', 0, -1, 2 ** 53, 'yesterday', null].map(harmless);
  return {
    remaining: [
      ...[0, -1, -(2 ** 31)].map(spent),
      ...[1000, 2 ** 31 - 1, 2.5, 'many'].map(harmless),
    ],
    budget: [
      ...[0, -1, size - 1].map(spent),
      ...[size * 1000, 2 ** 53 - 1, 'much'].map(harmless),
    ],
    leaseHash: ['A'.repeat(43), '', 'a', null, 1].map(harmless),
    leaseState: ['running', 'counted', 'broken', '', 'a', null].map(harmless),
    leaseUntil: times,
    attempts: [-5, 2 ** 31 - 1, 'many'].map(harmless),
    attemptsUntil: times,
    createdAt: times,
    lastUsedAt: times,
  };
}

function harmless(value: Value): Manipulation {
  return { what: said(value), value, codes: [] };
}

function spent(value: Value): Manipulation {
  return { what: said(value), value, codes: ['LINK_SPENT'] };
}

function clear(value: number): Manipulation[] {
  return [
    value + 1,
    value - 1,
    0,
    -1,
    value + 0.6,
    2 ** 31 - 1,
    2 ** 53,
    'many',
    '',
    '1e3',
    Buffer.from('1'),
  ].map((other) => ({ what: said(other), value: other, codes: DAMAGE }));
}
