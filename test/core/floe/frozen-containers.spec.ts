import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createDecryptStream } from '../../../lib/core/floe/decrypt-stream.js';
import {
  containerSize,
  segmentCount,
  segmentOffset,
} from '../../../lib/core/floe/geometry.js';
import { openMessage } from '../../../lib/core/floe/message.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import {
  readContainerManifest,
  readFrozenFile,
} from '../../vectors/containers/containers.js';
import { outputOf } from './drive.js';
import * as twin from './floe-twin.js';
import { pattern } from './pattern.js';

// What a version has written, every later version reads. If one of these fails,
// the library is wrong, and never the container.

const { key: keyHex, containers } = readContainerManifest();
const keyBytes = Buffer.from(keyHex, 'hex');
const key = SecretKey.from(keyBytes);
const aadOf = ({ aad }: { aad: string }) => Buffer.from(aad, 'hex');
const sha256 = (bytes: Buffer) =>
  createHash('sha256').update(bytes).digest('hex');

describe('the frozen containers', () => {
  it('stand unchanged, none more and none less', () => {
    const folder = new URL('../../vectors/containers/', import.meta.url);
    const files = readdirSync(folder).filter((name) => name.endsWith('.floe'));
    const named = containers.map(({ file }) => file);
    expect(files.toSorted()).toEqual(named.toSorted());
    expect(sha256(readFrozenFile('manifest.json'))).toBe(
      '5aa679484c5ac8fe343f28291cc6f972edef48e9ddbcd3ca5bf0d8fca8003bc9',
    );
  });

  it('are small', () => {
    const bytes = containers.map(({ file }) => readFrozenFile(file).length);
    const total = bytes.reduce((sum, length) => sum + length, 0);
    expect(total).toBeLessThan(1024 * 1024);
  });
});

describe.each(containers)('the container $file', (frozen) => {
  const { file, chunkSize, size } = frozen;
  const container = readFrozenFile(file);
  const aad = aadOf(frozen);

  it('has the bytes and the length that it was written with', () => {
    expect(sha256(container)).toBe(frozen.sha256);
    expect(container).toHaveLength(containerSize(size, chunkSize));
  });

  it('opens as a stream', async () => {
    const stream = createDecryptStream(key, { aad });
    const plaintext = await outputOf(stream, container);
    expect(sha256(plaintext)).toBe(frozen.plaintextSha256);
    expect(plaintext.equals(pattern(size))).toBe(true);
  });

  it('opens segment by segment, the last one first', () => {
    const segments = openMessage(key, container, { aad });
    expect(segments.chunkSize).toBe(chunkSize);
    const count = segmentCount(size, chunkSize);
    for (let index = count - 1; index >= 0; index -= 1) {
      const start = segmentOffset(index, chunkSize);
      const end = start + segments.segmentLength;
      const position = { index, last: index === count - 1 };
      const opened = segments.decrypt(container.subarray(start, end), position);
      const from = index * chunkSize;
      const expected = pattern(size).subarray(from, from + chunkSize);
      expect(opened.equals(expected)).toBe(true);
    }
  });

  it('opens with the other implementation', () => {
    const plaintext = twin.decrypt(keyBytes, aad, container);
    expect(plaintext.equals(pattern(size))).toBe(true);
  });
});
