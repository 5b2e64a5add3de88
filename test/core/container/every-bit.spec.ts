import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { IntegrityError } from '../../../lib/core/errors.js';
import { SecretKey } from '../../../lib/core/secret-key.js';
import { bitFlips, truncations } from '../damage.js';
import { rejectionOf } from '../thrown.js';
import { useTemporaryStore } from './stored.js';
import { Victim } from './victim.js';

const temporary = useTemporaryStore();
const C = 64;
const SEGMENT = C + 32;
const NOTHING = Buffer.alloc(0);

const store = (content: Buffer, key = SecretKey.random()) =>
  Victim.store(temporary, content, { chunkSize: C, key });

/** What is wrong with the readings of any of these in a container's place. */
async function faultsAmong(
  victim: Victim,
  damaged: Iterable<Buffer>,
): Promise<string[]> {
  const faults: string[] = [];
  for (const bytes of damaged) {
    if (!bytes.equals(victim.bytes)) {
      faults.push(...(await victim.faultsAs(bytes)));
    }
  }
  return faults;
}

describe.each([
  { what: 'nothing', size: 0 },
  { what: 'one segment', size: C },
  { what: 'five segments', size: 4 * C + 23 },
])('a stored file of $what', ({ size }) => {
  const content = randomBytes(size);
  let victim: Victim;
  beforeAll(async () => {
    victim = await store(content);
  });

  it('is read in every way while it is whole', async () => {
    expect(await victim.faultsAs(victim.bytes)).toEqual([]);
  });

  it(
    'is refused with any bit flipped, but for ranges that the bit is not in',
    { timeout: 180_000 },
    async () => {
      expect(await faultsAmong(victim, bitFlips(victim.bytes))).toEqual([]);
    },
  );

  it('is refused cut at any byte', async () => {
    expect(await faultsAmong(victim, truncations(victim.bytes))).toEqual([]);
  });

  it('is refused with anything behind it', async () => {
    const other = await store(content);
    const suffixes = [
      Buffer.of(0),
      Buffer.alloc(4, 255),
      ...[1, 16, 31, 32, 33, SEGMENT, 1000].map((more) => randomBytes(more)),
      ...victim.parts,
      // Each of its own ends.
      ...Array.from(victim.bytes.keys(), (at) => victim.bytes.subarray(at)),
      other.bytes,
      other.bytes.subarray(74),
    ];
    const longer = suffixes.map((suffix) =>
      Buffer.concat([victim.bytes, suffix]),
    );
    expect(await faultsAmong(victim, longer)).toEqual([]);
  });

  it('is refused with anything before it', async () => {
    const [header = NOTHING] = victim.parts;
    const prefixes = [Buffer.of(0), randomBytes(SEGMENT), header];
    const longer = prefixes.map((prefix) =>
      Buffer.concat([prefix, victim.bytes]),
    );
    expect(await faultsAmong(victim, longer)).toEqual([]);
  });

  it('is refused where the same content under another key lies in its place', async () => {
    // Another owner's, or what was uploaded before.
    const { bytes } = await store(content);
    expect(bytes).toHaveLength(victim.bytes.length);
    expect(await victim.faultsAs(bytes)).toEqual([]);
  });

  it('is refused with any part of another container in it', async () => {
    const other = await store(content);
    // As if a key were used twice.
    const twin = await store(content, victim.key);
    const mixed = victim.parts.flatMap((part, at) => [
      Buffer.concat(victim.parts.with(at, other.parts[at] ?? NOTHING)),
      Buffer.concat(victim.parts.with(at, twin.parts[at] ?? NOTHING)),
      Buffer.concat(other.parts.with(at, part)),
    ]);
    expect(await faultsAmong(victim, mixed)).toEqual([]);
    for (const [at, part] of victim.parts.entries()) {
      const bytes = Buffer.concat(twin.parts.with(at, part));
      // Without ranges: those of the twin's own segments are whole.
      expect(await victim.faultsAs(bytes, [])).toEqual([]);
    }
  });
});

/** Orders in which one is left out, repeated, put over, exchanged or moved. */
function* disorders(count: number): Generator<number[], void> {
  const order = Array.from({ length: count }, (_, index) => index);
  yield order.toReversed();
  yield [...order, ...order];
  for (const one of order) {
    yield order.toSpliced(one, 1);
    for (const other of order) {
      yield order.toSpliced(other, 0, one);
      yield order.with(one, other);
      yield order.with(one, other).with(other, one);
      yield order.toSpliced(one, 1).toSpliced(other, 0, one);
    }
  }
}

describe.each([
  { last: 'whole', size: 5 * C },
  { last: 'short', size: 4 * C + 23 },
])('a stored file whose last segment is $last', ({ size }) => {
  it('is refused with segments left out, repeated, exchanged or moved', async () => {
    const victim = await store(randomBytes(size));
    const [header = NOTHING, ...segments] = victim.parts;
    const disordered = Array.from(disorders(5), (order) =>
      Buffer.concat([header, ...order.map((at) => segments[at] ?? NOTHING)]),
    );
    expect(await faultsAmong(victim, disordered)).toEqual([]);
  });

  it('is refused where a shorter or longer one of its key lies in its place', async () => {
    const victim = await store(randomBytes(size));
    for (const other of [0, 1, C, size - C, size - 1, size + 1, size + C]) {
      const { bytes } = await store(randomBytes(other), victim.key);
      expect(await victim.faultsAs(bytes)).toEqual([]);
    }
  });
});

describe('a stored file of three batches', () => {
  it('gives the batches before the damaged one, and nothing else', async () => {
    const victim = await store(randomBytes(129 * C + 5));
    const damaged = victim.parts.map((part, at) => {
      const changed = Buffer.from(part);
      changed.writeUInt8(changed.readUInt8(20) ^ 1, 20);
      return Buffer.concat(victim.parts.with(at, changed));
    });
    expect(await faultsAmong(victim, damaged)).toEqual([]);
  });

  it('gives as much to a download, whose stream is destroyed then', async () => {
    const victim = await store(randomBytes(129 * C + 5));
    const bytes = Buffer.from(victim.bytes);
    const at = 74 + 70 * SEGMENT;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    victim.become(bytes);
    const pieces: Buffer[] = [];
    const stream = victim.fileContent.stream();
    stream.on('data', (piece: Buffer) => pieces.push(piece));
    const ended = new Promise((_resolve, reject) => {
      stream.once('end', _resolve).once('error', reject);
    });
    expect(await rejectionOf(ended)).toBeInstanceOf(IntegrityError);
    const good = victim.content.subarray(0, 64 * C);
    expect(Buffer.concat(pieces).equals(good)).toBe(true);
    expect(stream.destroyed).toBe(true);
  });
});
