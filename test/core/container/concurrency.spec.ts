import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ContainerReader } from '../../../lib/core/container/container-reader.js';
import type { ObjectWriter } from '../../../lib/core/store/object-store.js';
import { rejectionOf } from '../thrown.js';
import {
  numberedContent,
  type Stored,
  storeContent,
  useTemporaryStore,
  waiting,
  turns,
} from './stored.js';

const temporary = useTemporaryStore();
const failure = new Error('It failed.');
const COUNT = 32;

/** All of them have slabs of the same size: a shared one would be seen. */
const CHUNK_SIZE = 16_384;

const numbers = Array.from({ length: COUNT }, (_, number) => number);

/** Bytes stay in their slab for a while, in which others go on. */
function slowly(writer: ObjectWriter): ObjectWriter {
  return waiting(writer, () => turns(randomInt(1, 12)));
}

async function* haltingly(content: Buffer): AsyncGenerator<Uint8Array> {
  let at = 0;
  while (at < content.length) {
    const end = at + randomInt(1, 40_000);
    yield content.subarray(at, end);
    await turns(randomInt(0, 4));
    at = end;
  }
}

function write(number: number): Promise<Stored> {
  const content = numberedContent(number, randomInt(0, 700_000));
  return storeContent(temporary.store, content, {
    chunkSize: CHUNK_SIZE,
    pieces: haltingly,
    between: slowly,
  });
}

/** Fails in the source, or in one of the three writes. */
function writeInVain(number: number): Promise<Stored> {
  let untilFailure = number % 4;
  return storeContent(temporary.store, numberedContent(number, 600_000), {
    chunkSize: CHUNK_SIZE,
    async *pieces(content) {
      yield* haltingly(content);
      throw failure;
    },
    between: (writer) =>
      waiting(slowly(writer), async () => {
        untilFailure -= 1;
        if (untilFailure === 0) throw failure;
      }),
  });
}

async function read({ objectKey, key, size }: Stored): Promise<Buffer> {
  const object = await temporary.store.read(objectKey);
  try {
    const container = await ContainerReader.open(object, { key, size });
    const pieces: Buffer[] = [];
    for await (const batch of container.decrypt()) {
      await turns(randomInt(0, 6));
      pieces.push(batch);
    }
    return Buffer.concat(pieces);
  } finally {
    await object.close();
  }
}

/** Leaves off after the first batch. */
async function readInPart({ objectKey, key, size }: Stored): Promise<void> {
  const object = await temporary.store.read(objectKey);
  try {
    const container = await ContainerReader.open(object, { key, size });
    for await (const _batch of container.decrypt()) {
      await turns(randomInt(0, 6));
      break;
    }
  } finally {
    await object.close();
  }
}

/** Those whose content does not come back. */
async function damagedAmong(all: readonly Stored[]): Promise<Stored[]> {
  const contents = await Promise.all(all.map(read));
  return all.filter(({ content }, at) => !contents[at]?.equals(content));
}

describe('containers that are handled at once', () => {
  it('do not share their memory', async () => {
    const stored = await Promise.all(numbers.map(write));
    expect(await damagedAmong(stored)).toEqual([]);
  });

  it('do not where writes among them fail', async () => {
    for (let round = 0; round < 3; round += 1) {
      const failing = Promise.all(
        numbers.map((number) => rejectionOf(writeInVain(number))),
      );
      const stored = await Promise.all(numbers.slice(0, 8).map(write));
      expect(await failing).toEqual(numbers.map(() => failure));
      expect(await damagedAmong(stored)).toEqual([]);
    }
  });

  it('do not where readers leave off', async () => {
    const stored = await Promise.all(numbers.map(write));
    const [damaged] = await Promise.all([
      damagedAmong(stored),
      ...stored.map(readInPart),
      ...stored.map(readInPart),
      ...numbers.map(write),
    ]);
    expect(damaged).toEqual([]);
    expect(await damagedAmong(stored)).toEqual([]);
  });
});
