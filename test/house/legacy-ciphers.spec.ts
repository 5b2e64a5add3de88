import { describe, expect, it } from 'vitest';
import { readProjectFile, sourceFiles } from './project-files.js';

const ROOM = 'lib/core/legacy/';

/** Modes that authenticate nothing, by the names that OpenSSL gives them. */
const UNAUTHENTICATED = /\b(cbc|cfb\d*|ctr|ecb|ofb)\b/i;

describe('ciphers that authenticate nothing', () => {
  it('are those of Flask-Encryptor, each in one place', () => {
    expect(placesOf(/aes-256-cbc/)).toEqual([
      `${ROOM}legacy-body.ts`,
      `${ROOM}write-legacy-file.ts`,
    ]);
    expect(placesOf(/aes-256-cfb8/)).toEqual([`${ROOM}legacy-name.ts`]);
  });

  it(`are used in ${ROOM} only`, () => {
    const outside = placesOf(UNAUTHENTICATED).filter(
      (file) => !file.startsWith(ROOM),
    );
    expect(outside).toEqual([]);
  });

  it.each(['aes-256-cbc', 'AES-128-CTR', 'aes-256-cfb8', 'id-aes256-ofb'])(
    'are known: %s',
    (cipher) => expect(cipher).toMatch(UNAUTHENTICATED),
  );
});

/** The files of lib that have such a text in them. */
function placesOf(text: RegExp): string[] {
  return sourceFiles('lib', 'sample').filter((file) =>
    text.test(readProjectFile(file)),
  );
}
