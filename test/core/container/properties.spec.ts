import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentsPerBatch } from '../../../lib/core/container/batch.js';
import { ContainerReader } from '../../../lib/core/container/container-reader.js';
import { CONTENT_AAD } from '../../../lib/core/container/write-container.js';
import type { ByteRange } from '../../../lib/core/floe/geometry.js';
import * as twin from '../floe/floe-twin.js';
import { pattern } from '../floe/pattern.js';
import {
  loadBytes,
  type Stored,
  storeContent,
  turns,
  useTemporaryStore,
  waiting,
} from './stored.js';
import { Victim } from './victim.js';

const temporary = useTemporaryStore();

interface Geometry {
  readonly chunkSize: number;
  readonly content: Buffer;
}

/** Sizes around the borders of segments and batches, and any between. */
const geometry: fc.Arbitrary<Geometry> = fc
  .integer({ min: 16, max: 80 })
  .chain((chunkSize) =>
    fc.record({
      chunkSize: fc.constant(chunkSize),
      size: fc.oneof(
        fc.nat({ max: 3 * 64 * chunkSize }),
        border(chunkSize, 200),
        border(64 * chunkSize, 3),
      ),
    }),
  )
  .map(({ chunkSize, size }) => ({ chunkSize, content: pattern(size) }));

/** A multiple, one byte less, or one more. */
function border(step: number, most: number): fc.Arbitrary<number> {
  const near = fc.integer({ min: -1, max: 1 });
  return fc
    .tuple(fc.nat({ max: most }), near)
    .map(([count, more]) => Math.max(0, count * step + more));
}

const UNIT = { min: 0, max: 1, noNaN: true };

/** Two places in a file, as parts of its length. */
type Places = [number, number];

const places = fc.tuple(fc.double(UNIT), fc.double(UNIT));

function rangeAt([one, other]: Places, size: number): ByteRange {
  const [a, b] = [Math.round(one * size), Math.round(other * size)];
  return { start: Math.min(a, b), end: Math.max(a, b) };
}

/** How many turns somebody waits each time; over and over. */
const pace = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 5 });

/** Waits as the pace says. */
function waiter(waits: readonly number[]): () => Promise<void> {
  let count = 0;
  return async () => {
    await turns(waits[count % waits.length] ?? 0);
    count += 1;
  };
}

/** A source in pieces of these lengths, over and over; some are empty. */
function cutInto(lengths: readonly number[], rest: () => Promise<void>) {
  return async function* pieces(content: Buffer) {
    for (let at = 0, count = 0; at < content.length; count += 1) {
      const length = lengths[count % lengths.length] ?? 1;
      // Of a kind, and of an ArrayBuffer, of its own.
      yield new Uint8Array(content.subarray(at, at + length));
      await rest();
      at += length;
    }
  };
}

const lengths = fc
  .array(fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 9000 })), {
    minLength: 1,
    maxLength: 6,
  })
  // Else it would never end.
  .filter((some) => some.some((length) => length > 0));

async function withContainer<T>(
  { objectKey, key, size }: Stored,
  use: (container: ContainerReader) => Promise<T>,
): Promise<T> {
  const object = await temporary.store.read(objectKey);
  try {
    return await use(await ContainerReader.open(object, { key, size }));
  } finally {
    await object.close();
  }
}

/** Cut and paced as said, it is the one message that the content has. */
async function checkWriting(
  { chunkSize, content }: Geometry,
  [cuts, pause, delay]: readonly (readonly number[])[],
): Promise<void> {
  const stored = await storeContent(temporary.store, content, {
    chunkSize,
    pieces: cutInto(cuts ?? [], waiter(pause ?? [])),
    between: (writer) => waiting(writer, waiter(delay ?? [])),
  });
  expect(stored.size).toBe(content.length);
  const bytes = await loadBytes(temporary.store, stored.objectKey);
  const segments = Math.max(1, Math.ceil(content.length / chunkSize));
  expect(bytes).toHaveLength(74 + content.length + 32 * segments);
  const read = twin.decrypt(stored.key.toBytes(), CONTENT_AAD, bytes);
  expect(read.equals(content)).toBe(true);
}

/** Both ways to read a range give its bytes, in batches as large as may be. */
async function checkRange(
  { chunkSize, content }: Geometry,
  where: Places,
  waits: readonly number[],
): Promise<void> {
  const stored = await storeContent(temporary.store, content, { chunkSize });
  const range = rangeAt(where, content.length);
  const expected = content.subarray(range.start, range.end);
  const batch = segmentsPerBatch(chunkSize) * chunkSize;
  await withContainer(stored, async (container) => {
    const yielded = await readSlowly(container, { range, rest: waiter(waits) });
    const rest = waiter(waits);
    const written: Buffer[] = [];
    await container.decryptTo(async (piece) => {
      await rest();
      written.push(Buffer.from(piece));
    }, range);
    for (const pieces of [yielded, written]) {
      expect(Buffer.concat(pieces).equals(expected)).toBe(true);
      const sizes = pieces.map((piece) => piece.length);
      expect(sizes.slice(1, -1).every((size) => size === batch)).toBe(true);
      expect(sizes.every((size) => size > 0 && size <= batch)).toBe(true);
    }
  });
}

/** Whoever leaves off disturbs neither one who reads meanwhile nor the next. */
async function checkLeaving(
  { chunkSize, content }: Geometry,
  [most, waits]: readonly [number, readonly number[]],
): Promise<void> {
  const stored = await storeContent(temporary.store, content, { chunkSize });
  await withContainer(stored, async (container) => {
    const read = async (few: number) => {
      const rest = waiter(waits);
      return Buffer.concat(await readSlowly(container, { rest, most: few }));
    };
    const [part, all] = await Promise.all([read(most), read(Infinity)]);
    const batches = most * segmentsPerBatch(chunkSize) * chunkSize;
    expect(part.equals(content.subarray(0, batches))).toBe(true);
    expect(all.equals(content)).toBe(true);
    expect((await read(Infinity)).equals(content)).toBe(true);
  });
}

/** A stream that is paused gives all; one that is left gives what came so far. */
async function checkDownload(
  { chunkSize, content }: Geometry,
  where: Places,
  [waits, enough]: readonly [readonly number[], number],
): Promise<void> {
  const victim = await Victim.store(temporary, content, { chunkSize });
  const range = rangeAt(where, content.length);
  const expected = content.subarray(range.start, range.end);
  for (const limit of [Infinity, Math.round(enough * expected.length)]) {
    const stream = victim.fileContent.stream({ range });
    const rest = waiter(waits);
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of stream as AsyncIterable<Buffer>) {
      await rest();
      pieces.push(piece);
      length += piece.length;
      if (length >= limit) break;
    }
    expect(stream.destroyed).toBe(true);
    expect(length).toBeGreaterThanOrEqual(Math.min(limit, expected.length));
    const came = expected.subarray(0, length);
    expect(Buffer.concat(pieces).equals(came)).toBe(true);
  }
}

/** Bytes are changed at some places, and ranges are read. */
async function checkDamage(
  { chunkSize, content }: Geometry,
  where: Places,
  [damages, flip]: readonly [readonly number[], number],
): Promise<void> {
  const victim = await Victim.store(temporary, content, { chunkSize });
  const bytes = Buffer.from(victim.bytes);
  for (const damage of damages) {
    const at = Math.floor(damage * (bytes.length - 1));
    bytes.writeUInt8(bytes.readUInt8(at) ^ flip, at);
  }
  const range = rangeAt(where, content.length);
  const empty = { start: range.start, end: range.start };
  expect(await victim.faultsAs(bytes, [range, empty])).toEqual([]);
}

/** Waits before it asks for the next batch, and leaves off after the last one. */
async function readSlowly(
  container: ContainerReader,
  {
    range,
    rest,
    most = Infinity,
  }: { range?: ByteRange; rest: () => Promise<void>; most?: number },
): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  if (most === 0) return pieces;
  for await (const piece of container.decrypt(range)) {
    await rest();
    pieces.push(piece);
    if (pieces.length === most) break;
  }
  return pieces;
}

describe('a container', () => {
  it('is the same message however its source is cut, and at any pace', async () => {
    const writing = fc.tuple(lengths, pace, pace);
    const property = fc.asyncProperty(geometry, writing, checkWriting);
    await fc.assert(property, { numRuns: 100 });
  });

  it('gives any range exactly, at any pace', async () => {
    const property = fc.asyncProperty(geometry, places, pace, checkRange);
    await fc.assert(property, { numRuns: 100 });
  });

  it('is whole for others wherever a reader leaves off', async () => {
    const leaving = fc.tuple(fc.nat({ max: 4 }), pace);
    const property = fc.asyncProperty(geometry, leaving, checkLeaving);
    await fc.assert(property, { numRuns: 100 });
  });

  it('is downloaded exactly through pauses, and as far as it is taken', async () => {
    const taking = fc.tuple(pace, fc.double(UNIT));
    const property = fc.asyncProperty(geometry, places, taking, checkDownload);
    await fc.assert(property, { numRuns: 80 });
  });

  it('that is damaged gives what is not touched, and whole batches before it', async () => {
    const some = fc.array(fc.double(UNIT), { minLength: 1, maxLength: 3 });
    const damage = fc.tuple(some, fc.integer({ min: 1, max: 255 }));
    const property = fc.asyncProperty(geometry, places, damage, checkDamage);
    await fc.assert(property, { numRuns: 150 });
  });
});
