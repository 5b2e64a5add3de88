import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/core/errors.js';
import { parseGlobalKey } from '../../../lib/core/keys/global-key.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { disclosed } from '../disclosure.js';
import { thrownBy } from '../thrown.js';

/** Its base64 has both letters in which the two alphabets differ. */
const GOOD = Buffer.from(
  '9f3c61d2fbefbe07a8e54b90c21d7733e6ff5a0b84c94f2e6d18b3a70c55f0fb',
  'hex',
);
const base64 = GOOD.toString('base64');
const base64url = GOOD.toString('base64url');

/** What a value is refused with. */
function refusal(value: unknown): ConfigurationError {
  const error = thrownBy(() => parseGlobalKey(value));
  expect(error).toBeInstanceOf(ConfigurationError);
  return error as ConfigurationError;
}

const filled = (byte: (index: number) => number) =>
  Buffer.from(Array.from({ length: 32 }, (_, index) => byte(index)));

/** The forms in which the same bytes may stand in a configuration. */
const formsOf = (bytes: Buffer): unknown[] => [
  bytes,
  bytes.toString('hex'),
  bytes.toString('hex').toUpperCase(),
  bytes.toString('base64'),
  bytes.toString('base64url'),
  ` ${bytes.toString('base64')}\n`,
  ...(bytes.length === 32 ? [SecretKey.from(bytes)] : []),
];

describe('a global key', () => {
  it.each<[string, unknown]>([
    ['hexadecimal digits', GOOD.toString('hex')],
    ['capital hexadecimal digits', GOOD.toString('hex').toUpperCase()],
    ['base64', base64],
    ['base64 without padding', base64.replace('=', '')],
    ['base64url', base64url],
    ['base64url with padding', `${base64url}=`],
    ['text with white space around it', `\r\n\t ${base64} \n`],
    ['digits with white space around them', ` ${GOOD.toString('hex')}\n`],
    ['a Buffer', GOOD],
    ['a Uint8Array', new Uint8Array(GOOD)],
    ['a SecretKey', SecretKey.from(GOOD)],
  ])('is taken as %s', (_form, value) => {
    expect(parseGlobalKey(value).toBytes()).toEqual(GOOD);
  });

  it('of random bytes is taken in every form', () => {
    for (let times = 0; times < 200; times += 1) {
      const bytes = randomBytes(32);
      for (const form of formsOf(bytes)) {
        expect(parseGlobalKey(form).toBytes()).toEqual(bytes);
      }
    }
  });

  it('leaves the bytes that it was given', () => {
    const given = Buffer.from(GOOD);
    const key = parseGlobalKey(given);
    expect(given).toEqual(GOOD);
    given.fill(0);
    expect(key.toBytes()).toEqual(GOOD);
  });

  it('that is a SecretKey already stays the same object', () => {
    const key = SecretKey.from(GOOD);
    expect(parseGlobalKey(key)).toBe(key);
    expect(key.toBytes()).toEqual(GOOD);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['white space', ' \r\n\t'],
  ])('that is %s is called missing', (_what, value) => {
    expect(refusal(value).message).toContain(' is missing. ');
  });

  it.each<[string, unknown]>([
    ['a number', 12345678],
    ['true', true],
    ['a list', [GOOD]],
    ['a plain object', { key: GOOD }],
    ['an array of numbers', [...GOOD]],
    ['a passphrase object', { passphrase: 'x'.repeat(16), salt: 'y' }],
  ])('that is %s is refused', (_what, value) => {
    expect(refusal(value).message).toContain('neither a text nor 32 bytes');
  });

  it.each([0, 1, 16, 20, 24, 31, 33, 48, 64])(
    'of %d bytes is refused, with their number',
    (length) => {
      const bytes = randomBytes(length);
      const expected = `has ${length} bytes instead of 32`;
      expect(refusal(bytes).message).toContain(expected);
      if (length === 0) return;
      expect(refusal(bytes.toString('base64')).message).toContain(expected);
      expect(refusal(bytes.toString('base64url')).message).toContain(expected);
    },
  );

  it.each<[string, string]>([
    ['a digit too few', GOOD.toString('hex').slice(1)],
    ['a digit too many', `${GOOD.toString('hex')}0`],
    ['a letter that is no digit', `${GOOD.toString('hex').slice(1)}g`],
    ['a prefix 0x', `0x${GOOD.toString('hex')}`],
    ['spaces between digits', GOOD.toString('hex').replace(/(..)/g, '$1 ')],
    ['colons between digits', GOOD.toString('hex').replace(/(..)\B/g, '$1:')],
    ['quotes', `"${base64}"`],
    ['a name before it', `base64:${base64}`],
    ['a space within', `${base64.slice(0, 9)} ${base64.slice(9)}`],
    ['a line end within', `${base64.slice(0, 9)}\n${base64.slice(9)}`],
    ['too much padding', `${base64}=`],
    ['padding in front', `=${base64url}`],
    ['both alphabets', base64.replace('+', '-')],
    ['spare bits', base64url.replace(/.$/, 't')],
    ['a letter beyond ASCII', `${base64url.slice(1)}é`],
    ['letters of full width', base64url.replace('x', 'ｘ')],
    ['an end of text within', `${base64url}\0`],
  ])('with %s is refused', (_what, value) => {
    expect(() => parseGlobalKey(value)).toThrow(ConfigurationError);
    expect(disclosed(refusal(value).message, GOOD)).toEqual([]);
  });

  it.each([
    'aAa8KxQx4Eoxwu41HTaa',
    'AAA8KXQX4EOXWU41HTAA',
    'changeme',
    'ChangeMe',
    'your-secret-key',
    'secret',
    'password',
    ' changeme\n',
  ])('that manuals print is refused: %j', (value) => {
    expect(refusal(value).message).toContain('is printed in a manual');
  });

  it.each([
    // NIST SP 800-38A, F.1.5.
    '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
    // McGrew and Viega, test case 15.
    'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    // RFC 8439, 2.5.2.
    '85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b',
    // The Fernet specification.
    '730ff4c7af3d46923e8ed451ee813c87f790b0a226bc96a92de49b5e9c05e1ee',
  ])('that a standard prints is refused in every form: %s', (hex) => {
    for (const form of formsOf(Buffer.from(hex, 'hex'))) {
      expect(refusal(form).message).toContain('is printed in a manual');
    }
  });

  it.each([0x00, 0x61, 0xff])('of 32 bytes 0x%s is refused', (byte) => {
    for (const form of formsOf(Buffer.alloc(32, byte))) {
      expect(refusal(form).message).toContain('repeats itself');
    }
  });

  it.each(Array.from({ length: 15 }, (_, index) => index + 2))(
    'with a period of %d is refused',
    (period) => {
      const unit = randomBytes(period);
      for (const form of formsOf(filled((at) => unit[at % period] ?? 0))) {
        expect(refusal(form).message).toContain('repeats itself');
      }
    },
  );

  it.each([1, 3, 7, 17, 101, 253, 255])('in steps of %d is refused', (step) => {
    const start = randomBytes(1)[0] ?? 0;
    for (const form of formsOf(filled((at) => (start + at * step) % 256))) {
      expect(refusal(form).message).toContain('in equal steps');
    }
  });

  it('of 16 distinct bytes is refused, of 17 it is not', () => {
    const order = 'hgicmbdkfnojlaep'
      .split('')
      .map((letter) => letter.charCodeAt(0));
    const values = [...order, ...order.toReversed()].map(
      (at) => (at * 29) % 256,
    );
    for (const form of formsOf(Buffer.from(values))) {
      expect(refusal(form).message).toContain('fewer than 17 distinct bytes');
    }
    const seventeen = Buffer.from(values).fill(0xfe, 31);
    expect(new Set(seventeen).size).toBe(17);
    expect(parseGlobalKey(seventeen).toBytes()).toEqual(seventeen);
  });

  it('that is readable text is refused, and told of passphrases', () => {
    const text = Buffer.from('The quick brown fox jumps, 32by!');
    expect(text).toHaveLength(32);
    for (const form of formsOf(text)) {
      expect(refusal(form).message).toContain('{ passphrase, salt }');
    }
    const unreadable = Buffer.from(text).fill(0x7f, 31);
    expect(parseGlobalKey(unreadable).toBytes()).toEqual(unreadable);
  });
});

describe('the refusal of a global key', () => {
  const seed = 'aAa8KxQx4Eoxwu41HTaa';
  const values: readonly unknown[] = [
    seed,
    'changeme',
    'ChangeMe',
    'hunter2',
    'correct horse battery staple',
    GOOD.toString('hex').slice(1),
    GOOD.subarray(1),
    GOOD.subarray(1).toString('base64'),
    `${GOOD.toString('base64')}\nFILE_ENCRYPTOR_DATA_DIR=/srv`,
    Buffer.alloc(32, 'k'),
    'The quick brown fox jumps, 32by!',
  ];

  it.each(values)('is one line that says how to make one: %#', (value) => {
    const { message } = refusal(value);
    expect(message).not.toMatch(/[\r\n]/);
    expect(message).toMatch(/^The global key .*FILE_ENCRYPTOR_GLOBAL_KEY/);
    expect(message).toMatch(
      /Make one with: npx --no-install file-encryptor keygen\. If files are stored already, put their key back/,
    );
  });

  it.each(values)('never repeats the value: %#', (value) => {
    const { message, cause, stack } = refusal(value);
    expect(cause).toBeUndefined();
    const bytes =
      typeof value === 'string' ? Buffer.from(value) : (value as Buffer);
    const spellings = [
      bytes.toString('latin1'),
      bytes.toString('utf8'),
      bytes.toString('hex'),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      Buffer.from(bytes.toString(), 'base64').toString('hex'),
    ];
    for (const spelling of spellings) {
      const text = `${message}\n${stack?.split('\n', 1).join()}`.toLowerCase();
      expect(text).not.toContain(spelling.toLowerCase());
    }
    expect(disclosed(message, GOOD)).toEqual([]);
  });
});
