import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/core/errors.js';
import {
  decryptLegacyName,
  encryptLegacyName,
  type LegacyNameOptions,
  readLegacyFile,
  type ReadLegacyOptions,
  writeLegacyFile,
  type WriteLegacyOptions,
} from '../../../lib/core/legacy/index.js';
import { rejectionOf, thrownBy } from '../thrown.js';
import { flaskEncryptorFile } from './flask-encryptor-files.js';
import { WatchedSource } from './reading.js';

const { token, globalKey, realname, stored } = flaskEncryptorFile('key-custom');

/** What JavaScript may pass in the place of options. */
const WITHOUT_LEAVE: readonly unknown[] = [
  undefined,
  null,
  {},
  1,
  'allowUnauthenticated',
  true,
  ...[false, 1, 'true', null, undefined].map((allowUnauthenticated) => ({
    allowUnauthenticated,
  })),
].flatMap((options) =>
  typeof options === 'object' && options
    ? [
        options,
        { ...options, token, globalKey, length: stored.length, size: 1 },
      ]
    : [options],
);

// D-13
describe('without leave for what is unauthenticated', () => {
  it.each(WITHOUT_LEAVE)('nothing works: %o', async (options) => {
    const source = new WatchedSource([stored]);
    const errors = [
      await rejectionOf(readLegacyFile(source, options as ReadLegacyOptions)),
      thrownBy(() => writeLegacyFile(source, options as WriteLegacyOptions)),
      thrownBy(() => decryptLegacyName(realname, options as LegacyNameOptions)),
      thrownBy(() => encryptLegacyName('a', options as LegacyNameOptions)),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(error).toHaveProperty(
        'message',
        expect.stringContaining('{ allowUnauthenticated: true }'),
      );
    }
    expect(source.state).toBe('untouched');
  });
});
