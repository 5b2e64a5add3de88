import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkAfter, type Expected, type Watched } from './after-checks.js';

const CANARY = 'canary-0123456789abcdef';
const TOKEN = 'token-0123456789abcdef';
const KEY = randomBytes(32);
const EXPECTED: Expected = {
  descriptors: 20,
  canaries: [CANARY],
  secrets: [TOKEN],
  unhandled: [],
};

describe('the checks after a case', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'after-checks-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const check = (
    differs: Partial<Watched> = {},
    expected: Partial<Expected> = {},
  ) =>
    checkAfter(
      { ...clean(folder), ...differs },
      { ...EXPECTED, ...expected },
      0,
    );

  it('pass where nothing is wrong', async () => {
    await writeFile(join(folder, 'container'), randomBytes(1000));
    await expect(check()).resolves.toBeUndefined();
  });

  it.each<[string, Partial<Watched>, Partial<Expected>?]>([
    [
      'an application that does not answer',
      { alive: () => Promise.reject(new Error('refused')) },
    ],
    ['a rejection that nobody handled', {}, { unhandled: [new Error('lost')] }],
    ['a temporary file', { temporaryFiles: async () => ['file'] }],
    ['a container without a row', { containers: async () => ['a', 'b'] }],
    ['a row without a container', { rows: async () => ['a', 'b'] }],
    ['a descriptor too many', { descriptors: () => 21 }],
    ['content in the log', { texts: () => ['all well', `read ${CANARY}`] }],
    ['a token in a header', { texts: () => [`{"location":"/d/${TOKEN}"}`] }],
    ['a key in hexadecimal digits', { texts: () => [KEY.toString('hex')] }],
    [
      'a part of a key',
      { texts: () => [KEY.toString('base64url').slice(4, 20)] },
    ],
  ])('notice %s', async (_, differs, expected) => {
    await expect(check(differs, expected)).rejects.toThrow(/expected|refused/);
  });

  it.each([
    ['as it is', CANARY],
    ['in hexadecimal digits', Buffer.from(CANARY).toString('hex')],
    ['in base64', Buffer.from(`x${CANARY}`).toString('base64')],
    ['in two bytes a letter', Buffer.from(CANARY, 'utf16le')],
  ])('notice content on the disk, %s', async (_, content) => {
    await writeFile(join(folder, 'file'), content);
    await expect(check()).rejects.toThrow(/expected|refused/);
  });

  it('notice content in the name of a file', async () => {
    await writeFile(join(folder, CANARY), '');
    await expect(check()).rejects.toThrow(/expected|refused/);
  });
});

function clean(folder: string): Watched {
  return {
    folder,
    alive: async () => undefined,
    temporaryFiles: async () => [],
    containers: async () => ['a'],
    rows: async () => ['a'],
    descriptors: () => 20,
    texts: () => ['all well'],
    keys: async () => [KEY],
  };
}
