import {
  type Columns,
  cases,
  type Known,
  type Rows,
  said,
  SIBLING,
  THEIRS,
} from './hostile-known.js';
import { linkManipulations } from './hostile-link-columns.js';
import {
  DAMAGE,
  type Manipulation,
  respellings,
  withId,
} from './hostile-texts.js';

const UNKNOWN_ID = 'AAAAAAAAAAA';

/** What is written into the columns of each table. */
export function allManipulations(
  known: Known,
): Readonly<Record<keyof Rows, Columns>> {
  return {
    file: fileManipulations(known),
    token: { value: tokenManipulations(known) },
    link: linkManipulations(known),
  };
}

function fileManipulations(known: Known): Columns {
  return {
    key: keys(known),
    realname: names(known),
    size: sizes(known.mine.file.size),
    path: paths(known),
    filename: filenames(known),
    createdAt: moments(),
  };
}

function tokenManipulations(known: Known): readonly Manipulation[] {
  const { mine, theirs, earlierId } = known;
  const { value: text } = mine.token;
  const ownerKeyId = mine.file.key.split('.')[1] ?? '';
  return [
    ...cases([
      [THEIRS, theirs.token.value, 'INTEGRITY'],
      ['a wrapped data key', mine.file.key, 'KEY_NOT_FOUND'],
      ['a sealed name', mine.file.realname, 'FORMAT'],
      ['the terms of a link', mine.link.terms, 'FORMAT'],
      ['the id of the earlier key', withId(text, earlierId), 'INTEGRITY'],
      ['the id of its own key', withId(text, ownerKeyId), 'KEY_NOT_FOUND'],
      ['an unknown id', withId(text, UNKNOWN_ID), 'KEY_NOT_FOUND'],
      ['no id', withId(text, ''), 'FORMAT'],
      ['an id with a space', withId(text, 'a b'), 'FORMAT'],
      ['an id of 257 letters', withId(text, 'a'.repeat(257)), 'FORMAT'],
      ['__proto__', withId(text, '__proto__'), 'KEY_NOT_FOUND'],
    ]),
    ...respellings({ text, otherId: 'KEY_NOT_FOUND' }),
  ];
}

function keys({ mine, sibling, theirs, earlierId }: Known): Manipulation[] {
  const text = mine.file.key;
  const globalId = mine.token.value.split('.')[1] ?? '';
  const theirId = theirs.file.key.split('.')[1] ?? '';
  return [
    ...cases([
      [SIBLING, sibling.file.key, 'INTEGRITY'],
      [THEIRS, theirs.file.key, 'WRONG_KEY'],
      [
        'that of another owner, by the own id',
        withId(theirs.file.key, text.split('.')[1] ?? ''),
        'INTEGRITY',
      ],
      ['the sealed name', mine.file.realname, 'FORMAT'],
      ['the token', mine.token.value, 'WRONG_KEY'],
      ['the token of another owner', theirs.token.value, 'WRONG_KEY'],
      ['the terms of a link', mine.link.terms, 'FORMAT'],
      ['the id of the global key', withId(text, globalId), 'WRONG_KEY'],
      [
        'the id of the earlier global key',
        withId(text, earlierId),
        'WRONG_KEY',
      ],
      ['the id of another owner', withId(text, theirId), 'WRONG_KEY'],
      ['an unknown id', withId(text, UNKNOWN_ID), 'WRONG_KEY'],
      ['no id', withId(text, ''), 'FORMAT'],
    ]),
    ...respellings({ text, otherId: 'WRONG_KEY' }),
  ];
}

function names({ mine, sibling, theirs }: Known): Manipulation[] {
  return [
    ...cases([
      [SIBLING, sibling.file.realname, 'INTEGRITY'],
      [THEIRS, theirs.file.realname, 'INTEGRITY'],
      ['the wrapped key', mine.file.key, 'FORMAT'],
      ['the token', mine.token.value, 'FORMAT'],
      ['the terms of a link to it', mine.link.terms, 'INTEGRITY'],
      ['the terms of a link of another owner', theirs.link.terms, 'INTEGRITY'],
      ['a name in clear', 'letter.txt', 'FORMAT'],
    ]),
    ...respellings({ text: mine.file.realname }),
  ];
}

function sizes(size: number): Manipulation[] {
  return [
    size + 1,
    size - 1,
    0,
    -1,
    -size,
    2 ** 53,
    2 ** 40,
    size + 0.5,
    `${size}.5`,
    'many',
    '',
    'NaN',
    'Infinity',
    null,
    Buffer.from([size]),
  ].map((value) => ({ what: said(value), value, codes: DAMAGE }));
}

function paths({ mine, theirs }: Known): Manipulation[] {
  const { path, filename } = mine.file;
  return [
    ...cases([
      [
        'another folder',
        path === 'ab/cd' ? 'ab/ce' : 'ab/cd',
        'OBJECT_NOT_FOUND',
      ],
      ['the folder of another file', theirs.file.path, 'OBJECT_NOT_FOUND'],
    ]),
    ...[
      '',
      '..',
      '../..',
      '/',
      '//',
      '/etc',
      '/e/tc',
      '.',
      './',
      `${path}/`,
      path.slice(0, 4),
      path.slice(1),
      ` ${path}`,
      `${path}\n`,
      `${path}\0`,
      path.replace('/', '\\'),
      path.replace('/', '%2f'),
      path.replace('/', '\u2215'),
      `${path}/../..`,
      `../${path}`,
      'AB/CD',
      '\uff41b/cd',
      `${path}/${filename}`,
      null,
      5,
      Buffer.from('ab'),
    ].map((value) => ({
      what: said(value),
      value,
      codes: ['FORMAT'] as const,
    })),
  ];
}

function filenames({ mine }: Known): Manipulation[] {
  const { filename, key, path } = mine.file;
  const other = filename.startsWith('0') ? '1' : '0';
  return [
    other + filename.slice(1),
    filename.slice(0, -1) + (filename.endsWith('0') ? '1' : '0'),
    '0'.repeat(32),
    // A filename always has a letter, in all but one of three million.
    filename.toUpperCase(),
    filename.slice(0, -1),
    `${filename}0`,
    ` ${filename.slice(1)}`,
    `${filename}\n`,
    `${filename}\0`,
    '',
    '..',
    '../..',
    `../${filename}`,
    `${path.slice(3)}/${filename}`,
    '/etc/passwd',
    `\uff10${filename.slice(1)}`,
    `${filename.slice(0, -1)}\u0430`,
    key,
    null,
    7,
    Buffer.from(filename),
    'File\nlog: a line of its own',
    '\u001b[2J',
  ].map((value) => ({ what: said(value), value, codes: DAMAGE }));
}

/** Not sealed: another moment is one, and what is no moment is damage. */
function moments(): Manipulation[] {
  return [
    ...[0, 1, -1, 86_400_000, 253_402_300_800_000, 8.64e15, -8.64e15, 1.5].map(
      (value) => ({ what: said(value), value, codes: [] }),
    ),
    ...[
      8.64e15 + 1,
      -8.64e15 - 1,
      2 ** 53,
      'yesterday',
      '2026-01-01',
      'NaN',
      null,
      Buffer.from('1'),
    ].map((value) => ({ what: said(value), value, codes: DAMAGE })),
  ];
}
