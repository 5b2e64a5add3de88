import { Console } from 'node:console';
import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { KEY_LENGTH, SecretKey } from '../../lib/core/secret-key.js';
import { disclosed } from './disclosure.js';

const bytes = randomBytes(KEY_LENGTH);
const key = SecretKey.from(bytes);

/** What a console prints for these values. */
function printed(print: (console: Console) => void): string {
  const lines: string[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('latin1'));
      done();
    },
  });
  print(new Console({ stdout, colorMode: false }));
  return lines.join('');
}

const SHOWN: Readonly<Record<string, () => string>> = {
  'a template literal': () => `the key is ${key as unknown as string}`,
  'a concatenation': () => 'key ' + key,
  'String()': () => String(key),
  'JSON.stringify': () => JSON.stringify(key),
  'JSON.stringify of a nest': () => JSON.stringify({ a: [{ key }] }),
  'util.inspect': () => inspect(key),
  'util.inspect of a nest': () => inspect({ a: [{ key }] }, { depth: null }),
  'util.inspect with showHidden': () =>
    inspect({ key }, { showHidden: true, depth: null }),
  'util.inspect without the own way of a class': () =>
    inspect(key, {
      customInspect: false,
      showHidden: true,
      showProxy: true,
      getters: true,
      depth: null,
    }),
  'util.format': () => format('%s %o %O %j', key, key, key, key),
  'console.log': () => printed((console) => console.log(key, { key })),
  'console.dir': () =>
    printed((console) =>
      console.dir(key, { showHidden: true, depth: Infinity }),
    ),
  'console.table': () => printed((console) => console.table([{ key }, key])),
  structuredClone: () =>
    inspect(structuredClone({ key }), { depth: null, showHidden: true }),
  'v8.serialize': () => serialize({ key }).toString('latin1'),
  'Object.entries': () => inspect(Object.entries(key)),
  'its property names': () => Reflect.ownKeys(key).map(String).join(),
  'a copy of its properties': () =>
    inspect(Object.assign({}, key), { showHidden: true }),
  'a number made of it': () => String(Number(key)),
  'the error of a key of another length': () =>
    messageOf(() => SecretKey.from(Buffer.concat([bytes, bytes]))),
};

function messageOf(act: () => unknown): string {
  try {
    return String(act());
  } catch (error) {
    return inspect(error);
  }
}

describe('a secret key', () => {
  it.each(Object.keys(SHOWN))('does not show in %s', (name) => {
    const text = SHOWN[name]?.() ?? '';
    expect(disclosed(text, bytes)).toEqual([]);
  });

  it.each([
    'a template literal',
    'JSON.stringify of a nest',
    'util.inspect of a nest',
    'console.log',
  ])('says what it is in %s', (name) => {
    expect(SHOWN[name]?.()).toContain('[SecretKey]');
  });

  it('does not survive a structured clone as a key', () => {
    const clone = structuredClone({ key }).key;
    expect(clone).not.toBeInstanceOf(SecretKey);
    expect(Reflect.ownKeys(clone)).toEqual([]);
  });

  it('has no property that could be read, set or added', () => {
    expect(Reflect.ownKeys(key)).toEqual([]);
    expect(Object.isFrozen(key)).toBe(true);
  });

  it('gives its bytes as a copy of the caller', () => {
    const copy = key.toBytes();
    expect(copy).toEqual(bytes);
    copy.fill(0);
    expect(key.toBytes()).toEqual(bytes);
  });

  it('copies the bytes that it is made from, and leaves them', () => {
    const given = randomBytes(KEY_LENGTH);
    const before = Buffer.from(given);
    const made = SecretKey.from(given);
    expect(given).toEqual(before);
    given.fill(0);
    expect(made.toBytes()).toEqual(before);
  });

  it('is made from a view of a larger array', () => {
    const large = randomBytes(100);
    const view = new Uint8Array(large.buffer, large.byteOffset + 7, KEY_LENGTH);
    expect(SecretKey.from(view).toBytes()).toEqual(large.subarray(7, 39));
  });

  it.each([0, 1, 16, 31, 33, 48, 64])('has not %d bytes', (length) => {
    expect(() => SecretKey.from(randomBytes(length))).toThrow(RangeError);
    expect(() => SecretKey.from(randomBytes(length))).toThrow(
      `A key has 32 bytes, this one has ${length}.`,
    );
  });

  it('equals a key of the same bytes only', () => {
    expect(key.equals(SecretKey.from(bytes))).toBe(true);
    for (let bit = 0; bit < 8 * KEY_LENGTH; bit += 1) {
      const other = Buffer.from(bytes);
      other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(key.equals(SecretKey.from(other))).toBe(false);
    }
  });

  it('is another each time it is random', () => {
    const made = Array.from({ length: 100 }, () =>
      SecretKey.random().toBytes().toString('hex'),
    );
    expect(new Set(made).size).toBe(made.length);
    expect(made.every((text) => text.length === 2 * KEY_LENGTH)).toBe(true);
  });
});
