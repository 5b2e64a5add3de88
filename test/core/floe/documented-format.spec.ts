import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONTENT_AAD } from '../../../lib/core/container/write-container.js';
import { createDecryptStream } from '../../../lib/core/floe/decrypt-stream.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { readFrozenFile } from '../../vectors/containers/containers.js';
import { outputOf } from './drive.js';

const page = readFileSync(
  new URL('../../../lib/core/floe/FORMAT.md', import.meta.url),
  'utf8',
);
const counting = (length: number) =>
  Buffer.from(Array.from({ length }, (_, at) => at));

/** The bytes of the page's only block of hexadecimal digits. */
function exampleOf(text: string): Buffer {
  const [, digits = ''] = /```hex\n([\da-f\s]+)```/.exec(text) ?? [];
  return Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');
}

describe('the example on the page of the format', () => {
  it('is the frozen container that it says it is', () => {
    const frozen = readFrozenFile('chunks-16-size-17.floe');
    expect(exampleOf(page)).toEqual(frozen);
  });

  it('opens under the key that it names to the bytes that it names', async () => {
    const key = SecretKey.from(counting(32));
    const stream = createDecryptStream(key, { aad: CONTENT_AAD });
    expect(await outputOf(stream, exampleOf(page))).toEqual(counting(17));
  });

  it('is bound to the bytes that the page prints', () => {
    const printed = CONTENT_AAD.toString('hex');
    expect(page.replaceAll(' ', '')).toContain(printed);
  });
});
