import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import {
  isFilename,
  objectKey,
  parseObjectKey,
  randomObjectName,
} from '../../../lib/core/store/object-key.js';
import { thrownBy } from '../thrown.js';

const FILENAME = '0123456789abcdef0123456789abcdef';

describe('randomObjectName', () => {
  it('is a key, and another one each time', () => {
    const names = Array.from({ length: 1000 }, randomObjectName);
    const keys = new Set(names.map((name) => parseObjectKey(objectKey(name))));
    expect(keys.size).toBe(1000);
  });

  it('puts the object into the folders that its filename begins with', () => {
    const { path, filename } = randomObjectName();
    expect(path.replace('/', '')).toBe(filename.slice(0, 4));
  });
});

describe('objectKey', () => {
  it('joins folder and filename', () => {
    const key = objectKey({ path: 'ab/cd', filename: FILENAME });
    expect(key).toBe(`ab/cd/${FILENAME}`);
  });

  it.each([
    ['..', `cd/${FILENAME}`],
    ['ab/cd/', FILENAME],
    ['ab/..', FILENAME],
    ['', FILENAME],
    ['ab/cd', `${FILENAME}.part`],
    ['ab/cd', ''],
  ])('refuses columns that make no key (%j, %j)', (path, filename) => {
    const failure = thrownBy(() => objectKey({ path, filename }));
    expect(failure).toBeInstanceOf(FormatError);
    expect(String(failure)).not.toContain(FILENAME);
  });
});

describe('isFilename', () => {
  it('takes 32 lower-case hexadecimal digits and nothing else', () => {
    expect(isFilename(FILENAME)).toBe(true);
    const others = [FILENAME.toUpperCase(), `${FILENAME}\n`, `${FILENAME}0`];
    for (const other of [...others, FILENAME.slice(1), '', undefined, 7]) {
      expect(isFilename(other)).toBe(false);
    }
  });
});
