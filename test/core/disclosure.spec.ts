import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { disclosed } from './disclosure.js';

const secret = randomBytes(32);

describe('what a text discloses of a secret', () => {
  it.each([
    ['hexadecimal', secret.toString('hex')],
    ['capital hexadecimal', secret.toString('hex').toUpperCase()],
    ['a part of it', `key=${secret.toString('hex', 7, 15)}…`],
    ['base64', secret.toString('base64')],
    ['base64url', secret.toString('base64url')],
    [
      'shifted base64',
      Buffer.concat([Buffer.of(1), secret]).toString('base64'),
    ],
    ['lower-case base64', secret.toString('base64').toLowerCase()],
    ['latin1', secret.toString('latin1')],
    ['an inspected Buffer', inspect(secret)],
    ['an inspected Uint8Array', inspect(new Uint8Array(secret))],
    ['the JSON of a Buffer', JSON.stringify(secret)],
  ])('is seen in %s', (_form, text) => {
    expect(disclosed(text, secret)).not.toEqual([]);
  });

  it('is nothing if it holds another secret', () => {
    const other = randomBytes(32);
    expect(disclosed(other.toString('hex'), secret)).toEqual([]);
    expect(disclosed(other.toString('base64'), secret)).toEqual([]);
    expect(disclosed(inspect(other), secret)).toEqual([]);
  });
});
