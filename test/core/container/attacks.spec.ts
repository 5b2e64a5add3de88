import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ContainerReader } from '../../../lib/core/container/container-reader.js';
import { CONTENT_AAD } from '../../../lib/core/container/write-container.js';
import { FormatError, IntegrityError } from '../../../lib/core/errors.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import * as twin from '../floe/floe-twin.js';
import { rejectionOf } from '../thrown.js';
import {
  loadBytes,
  NotingReader,
  storeBytes,
  storeContent,
  useTemporaryStore,
} from './stored.js';

const temporary = useTemporaryStore();
const key = SecretKey.random();
const C = 16;
const SEGMENT = C + 32;

/** Stores bytes in a container's place and reads it as a file of that size. */
async function readAs(bytes: Buffer, size: number): Promise<Buffer> {
  const released: Buffer[] = [];
  await release(bytes, size, released);
  return Buffer.concat(released);
}

/** The same; what is released before a failure is kept. */
async function release(bytes: Buffer, size: number, released: Buffer[]) {
  const name = await storeBytes(temporary.store, bytes);
  const object = await temporary.store.read(name);
  try {
    const container = await ContainerReader.open(object, { key, size });
    for await (const batch of container.decrypt()) released.push(batch);
  } finally {
    await object.close();
    await temporary.store.remove(name);
  }
}

const headerOf = (container: Buffer) => container.subarray(0, 74);
const segmentsOf = (container: Buffer) =>
  Array.from(
    { length: Math.ceil((container.length - 74) / SEGMENT) },
    (_, at) => container.subarray(74 + at * SEGMENT, 74 + (at + 1) * SEGMENT),
  );

const content = randomBytes(4 * C);

/** Written by the other implementation. */
const container = twin.encrypt(key.toBytes(), CONTENT_AAD, content, C);

describe('a stored container', () => {
  it('that another implementation wrote is read', async () => {
    expect(await readAs(container, content.length)).toEqual(content);
  });

  it('gives no byte of a batch in which a segment is damaged', async () => {
    const big = randomBytes(16 * 65_536);
    const options = { chunkSize: 65_536, key };
    const stored = await storeContent(temporary.store, big, options);
    const bytes = await loadBytes(temporary.store, stored.objectKey);
    const twelfth = 74 + 11 * (65_536 + 32);
    bytes.writeUInt8(bytes.readUInt8(twelfth + 100) ^ 1, twelfth + 100);
    const released: Buffer[] = [];
    const error = await rejectionOf(release(bytes, big.length, released));
    expect(error).toBeInstanceOf(IntegrityError);
    const good = Buffer.concat(released);
    expect(good.equals(big.subarray(0, 8 * 65_536))).toBe(true);
  });

  it.each([0, 1, 15, 16, 48, 63, 65, 80])(
    'is refused as a file of %d bytes',
    async (size) => {
      await expect(readAs(container, size)).rejects.toThrow(IntegrityError);
    },
  );

  it('is refused when it was cut between segments, even at the right length', async () => {
    for (const count of [1, 2, 3]) {
      const cut = container.subarray(0, 74 + count * SEGMENT);
      const error = await rejectionOf(readAs(cut, count * C));
      expect(error).toBeInstanceOf(IntegrityError);
      expect(String(error)).toContain('should be the last');
    }
  });

  it('is refused with one segment fewer or more, whatever its size says', async () => {
    const segments = segmentsOf(container);
    const header = headerOf(container);
    const orders = [
      [0, 2, 3],
      [1, 2, 3],
      [0, 1, 2, 2, 3],
      [0, 1, 2, 3, 3],
    ];
    for (const order of orders) {
      const parts = order.map((at) => segments[at] ?? Buffer.alloc(0));
      const changed = Buffer.concat([header, ...parts]);
      for (const size of [content.length, order.length * C]) {
        await expect(readAs(changed, size)).rejects.toThrow(IntegrityError);
      }
    }
  });

  it('is refused when it is bound to something else than content', async () => {
    for (const aad of ['', 'file-encryptor/1\0\0\0\x04info']) {
      const foreign = twin.encrypt(key.toBytes(), Buffer.from(aad), content, C);
      await expect(readAs(foreign, content.length)).rejects.toThrow(
        IntegrityError,
      );
    }
  });
});

describe('the one length that a size has', () => {
  const bytes = key.toBytes();

  /** A message whose segments have these plaintexts. */
  function messageOf(...plaintexts: readonly Buffer[]): Buffer {
    const prefix = container.subarray(0, 42);
    const message = { key: bytes, aad: CONTENT_AAD, prefix, mask: 20n };
    const segments = plaintexts.map((plaintext, at) => {
      const last = at === plaintexts.length - 1;
      const place = { index: BigInt(at), last };
      return twin.encryptSegment(message, plaintext, place);
    });
    return Buffer.concat([twin.header(message), ...segments]);
  }

  const [one, two] = [content.subarray(0, C), content.subarray(C, 2 * C)];
  const empty = Buffer.alloc(0);

  it('allows a full last segment', async () => {
    const message = messageOf(one, two);
    expect(await readAs(message, 2 * C)).toEqual(content.subarray(0, 2 * C));
  });

  it('refuses an empty segment behind it, which FLOE allows', async () => {
    for (const plaintexts of [
      [one, empty],
      [one, two, empty],
    ]) {
      const message = messageOf(...plaintexts);
      const plaintext = Buffer.concat(plaintexts);
      expect(twin.decrypt(bytes, CONTENT_AAD, message)).toEqual(plaintext);
      const reading = readAs(message, plaintext.length);
      await expect(reading).rejects.toThrow(IntegrityError);
      await expect(reading).rejects.toThrow(`demands ${message.length - 32}`);
    }
  });
});

/** As if the attacker had the key: only the bounds are left to refuse it. */
function headed(change: (parameters: Buffer) => void): Buffer {
  const prefix = Buffer.from(container.subarray(0, 42));
  change(prefix);
  const message = { key: key.toBytes(), aad: CONTENT_AAD, prefix, mask: 20n };
  return Buffer.concat([twin.header(message), container.subarray(74)]);
}

// D-12
describe('a hostile header', () => {
  it.each([0, 1, 31, 32, 33, 47, 2 ** 24 + 33, 2 ** 31, 2 ** 32 - 1])(
    'with segments of %d bytes is refused before anything else is read',
    async (segmentLength) => {
      const bytes = headed((prefix) => prefix.writeUInt32BE(segmentLength, 2));
      const name = await storeBytes(temporary.store, bytes);
      const object = new NotingReader(await temporary.store.read(name));
      const opening = ContainerReader.open(object, { key, size: 64 });
      await expect(opening).rejects.toThrow(FormatError);
      expect(object.reads).toEqual([{ start: 0, length: 74 }]);
      await object.close();
    },
  );

  it.each([
    ['another cipher', (prefix: Buffer) => prefix.writeUInt8(1, 0)],
    ['another derivation', (prefix: Buffer) => prefix.writeUInt8(1, 1)],
    ['an IV of 0 bytes', (prefix: Buffer) => prefix.writeUInt32BE(0, 6)],
    [
      'an IV of 4 GiB',
      (prefix: Buffer) => prefix.writeUInt32BE(2 ** 32 - 1, 6),
    ],
  ])('with %s is refused', async (_what, change) => {
    await expect(readAs(headed(change), content.length)).rejects.toThrow(
      FormatError,
    );
  });

  it('with segments of 16 MiB is refused by the length, before they are read', async () => {
    const bytes = headed((prefix) => prefix.writeUInt32BE(2 ** 24 + 32, 2));
    const name = await storeBytes(temporary.store, bytes);
    const object = new NotingReader(await temporary.store.read(name));
    const opening = ContainerReader.open(object, { key, size: 2 ** 24 });
    await expect(opening).rejects.toThrow('was cut, lengthened or exchanged');
    expect(object.reads).toEqual([{ start: 0, length: 74 }]);
    await object.close();
  });
});
