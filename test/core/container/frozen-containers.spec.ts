import { expect, it } from 'vitest';
import { ContainerReader } from '../../../lib/core/container/container-reader.js';
import { CONTENT_AAD } from '../../../lib/core/container/write-container.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import {
  readContainerManifest,
  readFrozenFile,
} from '../../vectors/containers/containers.js';
import { pattern } from '../floe/pattern.js';
import { storeBytes, useTemporaryStore } from './stored.js';

const temporary = useTemporaryStore();
const { key: keyHex, containers } = readContainerManifest();
const key = SecretKey.from(Buffer.from(keyHex, 'hex'));
const stored = containers.filter(
  ({ aad }) => aad === CONTENT_AAD.toString('hex'),
);

it('frozen containers of stored files are there', () => {
  expect(stored).toHaveLength(24);
});

it.each(stored)(
  'the frozen container $file is read from a store, whole and in part',
  async ({ file, size }) => {
    const name = await storeBytes(temporary.store, readFrozenFile(file));
    const object = await temporary.store.read(name);
    try {
      const container = await ContainerReader.open(object, { key, size });
      const middle = {
        start: Math.floor(size / 3),
        end: Math.ceil((2 * size) / 3),
      };
      for (const range of [{ start: 0, end: size }, middle]) {
        const pieces: Buffer[] = [];
        for await (const batch of container.decrypt(range)) {
          pieces.push(Buffer.from(batch));
        }
        const expected = pattern(size).subarray(range.start, range.end);
        expect(Buffer.concat(pieces).equals(expected)).toBe(true);
      }
    } finally {
      await object.close();
    }
  },
);
