import {
  Any,
  Between,
  Equal,
  ILike,
  In,
  IsNull,
  LessThan,
  Like,
  MoreThan,
  Not,
  Raw,
} from 'typeorm';

/**
 * What is no owner of a letter, each with what it is. Some of them TypeORM itself
 * takes for "any", and for others the database does.
 */
export function badOwners(): [what: string, owner: unknown][] {
  return [...withoutProperties(), ...wrongProperties(), ...wrongValues()];
}

function withoutProperties(): [string, unknown][] {
  return [
    ['nothing', undefined],
    ['null', null],
    ['a bare number', 1],
    ['a bare text', 'person'],
    ['a list', [{ person: 1 }]],
    ['an empty list', []],
    ['a function', () => ({ person: 1 })],
    ['a date', new Date(0)],
    ['an object without properties', {}],
    ['a property by a symbol', { [Symbol('person')]: 1 }],
    ['an operator', Equal(1)],
  ];
}

function wrongProperties(): [string, unknown][] {
  return [
    ['an unknown property', { stranger: 1 }],
    ['an unknown property beside a good one', { person: 1, stranger: 1 }],
    ['a good property beside an undefined one', { person: 1, ward: undefined }],
    ['the name of a database column', { personId: 1 }],
    ['a property of the file alone', { page: 1 }],
    ['a property of the token alone', { value: 'x' }],
    ['the id of the row', { id: 1 }],
    ['the filename', { filename: 'a'.repeat(32) }],
    ['the size', { size: 1 }],
    ['the time', { createdAt: 1 }],
    ['the key', { key: 'x' }],
    ['the path', { path: 'ab/cd' }],
    ['an owner beside the id of the row', { person: 1, id: 1 }],
    ['the inverse side of a relation', { reply: 1 }],
    ['a path into an owner', { 'person.id': 1 }],
    ['a path into another property', { 'person.name': 'somebody' }],
    ['the prototype', JSON.parse('{"__proto__": 1}')],
    ['an inherited property', { constructor: 1 }],
    ['an empty property', { '': 1 }],
    ['a condition as a property', { '1=1 OR person': 1 }],
    ['a column of fractions', { weight: 1 }],
    ['a list of conditions', { $or: [{ person: 1 }] }],
  ];
}

function wrongValues(): [string, unknown][] {
  const values: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['an empty object', {}],
    ['an entity without id', { id: undefined }],
    ['an entity with the id null', { id: null }],
    ['an entity with another property', { name: 'somebody' }],
    ['an entity with an object as id', { id: {} }],
    ['an entity with a list as id', { id: [1] }],
    ['an entity with an operator as id', { id: Not(0) }],
    ['an entity with the id NaN', { id: NaN }],
    ['an entity with the id true', { id: true }],
    ['an empty text', ''],
    ['a blank', ' '],
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['a fraction', 1.5],
    ['an unsafe integer', 2 ** 53],
    ['true', true],
    ['a list', [1]],
    ['an empty list', []],
    ['bytes', Buffer.from('1')],
    ['a boxed number', Object(1)],
    ['a promise', Promise.resolve({ id: 1 })],
    ['a symbol', Symbol('1')],
    ['a function', () => 1],
    ['a text that begins with a number', '1abc'],
    ['a number and a blank', '1 '],
    ['a number with a zero in front', '01'],
    ['a number with a plus', '+1'],
    ['a number in hexadecimal digits', '0x1'],
    ['a number with an exponent', '1e0'],
    ['a number with a fraction of nothing', '1.0'],
    ['a number of another script', '١'],
    ['minus zero', '-0'],
    ['a condition', '1 OR 1=1'],
    ['a condition behind a quotation mark', "1' OR '1'='1"],
    ['a wildcard', '%'],
    ['an integer of 65 bits', 2n ** 64n],
    ['the same as text', '18446744073709551616'],
    ['toString', { toString: () => '1' }],
  ];
  const operators: [string, unknown][] = [
    ['Equal', Equal(1)],
    ['Not', Not(0)],
    ['Not of IsNull', Not(IsNull())],
    ['In', In([1, 2])],
    ['Any', Any([1, 2])],
    ['Like', Like('%')],
    ['ILike', ILike('%')],
    ['MoreThan', MoreThan(0)],
    ['LessThan', LessThan(9)],
    ['Between', Between(0, 9)],
    ['Raw', Raw('1=1')],
  ];
  return [
    ...[...values, ...operators].map(([what, person]): [string, unknown] => [
      `${what} as a person`,
      { person },
    ]),
    ...operators.map(([what, account]): [string, unknown] => [
      `${what} as an account`,
      { account },
    ]),
    ...values.map(([what, ward]): [string, unknown] => [
      `${what} as a ward`,
      { ward },
    ]),
    ...operators.map(([what, city]): [string, unknown] => [
      `${what} as a city`,
      { city },
    ]),
    ['a UUID that is none', { guest: 'guest' }],
    [
      'a UUID and more',
      { guest: `${'0'.repeat(8)}-0000-0000-0000-000000000000x` },
    ],
    ['a wildcard as a UUID', { guest: '%' }],
    ['an entity as a plain column', { ward: { id: 1 } }],
    ['an undefined one of two', { country: 'at', ward: undefined }],
    ['a null one of two', { country: null, ward: 1 }],
  ];
}
