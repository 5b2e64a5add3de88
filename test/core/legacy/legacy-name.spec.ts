import { describe, expect, it } from 'vitest';
import { FormatError } from '../../../lib/core/errors.js';
import {
  decryptLegacyName,
  encryptLegacyName,
} from '../../../lib/core/legacy/legacy-name.js';
import { thrownBy } from '../thrown.js';
import { FILES } from './flask-encryptor-files.js';
import { LEAVE } from './reading.js';

const NAMES = [
  ...FILES.map(({ originalName }) => originalName),
  '',
  '\ufeffwith a mark.txt',
  'a\0b',
  '../../etc/passwd',
  'x'.repeat(5000),
];

const options = { ...LEAVE, globalKey: 'a global key' };

describe('a name for Flask-Encryptor', () => {
  it('is read back, whatever it is', () => {
    for (const name of NAMES) {
      const realname = encryptLegacyName(name, options);
      expect(realname).toHaveLength(16 + Buffer.byteLength(name));
      const told = decryptLegacyName(realname, options);
      expect(told).toEqual({ authenticated: false, name });
    }
  });

  it('is encrypted under an IV of its own', () => {
    const realnames = Array.from({ length: 20 }, () =>
      encryptLegacyName('report.pdf', options).toString('hex'),
    );
    expect(new Set(realnames.map((hex) => hex.slice(0, 32))).size).toBe(20);
    expect(new Set(realnames.map((hex) => hex.slice(32))).size).toBe(20);
  });

  it('is read from any Uint8Array', () => {
    const realname = new Uint8Array(encryptLegacyName('report.pdf', options));
    expect(decryptLegacyName(realname, options).name).toBe('report.pdf');
  });

  it.each([0, 1, 15])('has more than %s bytes', (length) => {
    const realname = Buffer.alloc(length);
    const error = thrownBy(() => decryptLegacyName(realname, options));
    expect(error).toBeInstanceOf(FormatError);
  });

  it('that is no UTF-8 is refused, and nothing of it is told', () => {
    const realname = encryptLegacyName('secret \u00e9', options).subarray(
      0,
      -1,
    );
    const error = thrownBy(() => decryptLegacyName(realname, options));
    expect(error).toBeInstanceOf(FormatError);
    expect(error).not.toHaveProperty('cause');
    expect(String(error)).not.toContain('secret');
  });
});
