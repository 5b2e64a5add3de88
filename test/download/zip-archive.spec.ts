import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZipArchive, type ZipMember } from '../../lib/download/zip-archive.js';
import { readZip } from './zip-reader.js';

const MODIFIED = new Date('2026-03-04T05:06:07.890Z');
const GIBI = 1024 ** 3;

/** Bytes of what the format says, with UTC in each entry of the directory. */
const LOCAL = 30 + 16;
const CENTRAL = 46 + 9;
const END = 22;
const ZIP64_DESCRIPTOR = 8;
const ZIP64_FIELD = 28;
const ZIP64_END = 56 + 20;

describe('a zip', () => {
  it('holds what was put into it, in this order', async () => {
    const contents = [0, 1, 100_000].map((size) => randomBytes(size));
    const members = contents.map((content, index) =>
      member(`${index} é😀.bin`, content),
    );
    const bytes = await buffer(new ZipArchive(members).stream());
    expect(await readZip(bytes)).toEqual(
      contents.map((content, index) => ({
        name: `${index} é😀.bin`,
        content,
        modified: new Date('2026-03-04T05:06:07.000Z'),
        mode: 0o100600,
      })),
    );
  });

  it('without members is empty', async () => {
    const zip = new ZipArchive([]);
    const bytes = await buffer(zip.stream());
    expect([zip.size, bytes.length]).toEqual([22, 22]);
    expect(await readZip(bytes)).toEqual([]);
  });

  it('has the size that was told before', async () => {
    const shape = fc.record({
      name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
      size: fc.oneof(fc.constant(0), fc.nat(200_000)),
      // Years before the format, and beyond the numbers in it.
      modified: fc.date({ noInvalidDate: false }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(shape, { maxLength: 12 }), async (shapes) => {
        const members = shapes.map(({ name, size, modified }, index) => ({
          ...member(`${index}${name.replace(/[/\\:]/g, '')}`, size),
          modified,
        }));
        const zip = new ZipArchive(members);
        const bytes = await buffer(zip.stream());
        expect(bytes.length).toBe(zip.size);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['just below', 770],
    ['exactly', 771],
    ['well above', 1000],
  ])(
    'with a directory %s 64 KiB has that size too, without ZIP64',
    async (_, count) => {
      // Each entry of the directory has 85 bytes, 771 of them 65,535.
      const members = Array.from({ length: count }, (__, index) =>
        member(String(index).padStart(85 - CENTRAL, '0'), 1),
      );
      const zip = new ZipArchive(members);
      const bytes = await buffer(zip.stream());
      expect(bytes.length).toBe(zip.size);
      expect(await readZip(bytes)).toHaveLength(count);
      expect(bytes.includes('PK\x06\x06', 0, 'latin1')).toBe(false);
    },
  );

  it.each([
    ['below 4 GiB', [4 * GIBI - LOCAL - CENTRAL - END - ZIP64_END - 4], 0],
    ['with its directory at 4 GiB', [4 * GIBI - 1 - LOCAL - 1], ZIP64_END],
    [
      'with a member of 4 GiB',
      [4 * GIBI],
      ZIP64_DESCRIPTOR + ZIP64_FIELD + ZIP64_END,
    ],
    [
      'with a member behind 4 GiB',
      [5 * GIBI, 0],
      2 * (ZIP64_DESCRIPTOR + ZIP64_FIELD) + ZIP64_END,
    ],
    [
      'of a thousand times 4 GiB',
      Array<number>(1000).fill(4 * GIBI),
      1000 * (ZIP64_DESCRIPTOR + ZIP64_FIELD) + ZIP64_END,
    ],
  ])('%s has a size that can be told', (_, sizes, zip64) => {
    const zip = new ZipArchive(sizes.map((size) => unread('x', size)));
    const plain = sizes.map((size) => LOCAL + CENTRAL + 2 + size);
    expect(zip.size).toBe(plain.reduce((a, b) => a + b, 0) + END + zip64);
  });

  it.each([
    [65_534, 0],
    [65_535, ZIP64_END],
  ])('of %i members has a size that can be told', (count, zip64) => {
    const members = Array.from({ length: count }, () => unread('x', 0));
    expect(new ZipArchive(members).size).toBe(
      count * (LOCAL + CENTRAL + 2) + END + zip64,
    );
  });

  it('opens a member when the one before is done', async () => {
    const log: string[] = [];
    async function* noted(name: string) {
      log.push(`open ${name}`);
      yield Buffer.from('abc');
      log.push(`close ${name}`);
    }
    const noting = (name: string): ZipMember => ({
      ...unread(name, 3),
      open: () => Readable.from(noted(name)),
    });
    await buffer(new ZipArchive(['a', 'b', 'c'].map(noting)).stream());
    expect(log).toEqual(
      ['a', 'b', 'c'].flatMap((name) => [`open ${name}`, `close ${name}`]),
    );
  });

  it.each([
    ['fails', () => Readable.from(failing()), /^It fails\.$/],
    ['is too short', () => Readable.from([Buffer.alloc(2)]), /bytes/],
    ['is too long', () => Readable.from([Buffer.alloc(4)]), /bytes/],
    ['is gone at once', () => new Readable().destroy(), /close/],
  ])('fails where a member %s, and opens no other', async (_, open, said) => {
    const after = { ...unread('after', 0), open: () => expect.fail() };
    const broken = { ...unread('broken', 3), open };
    const zip = new ZipArchive([member('a', 10), broken, after]);
    await expect(buffer(zip.stream())).rejects.toThrow(said);
  });

  it.each(['destroy', 'abort'])('closes the open member at %s', async (way) => {
    const source = new Readable({ read: () => undefined });
    const zip = new ZipArchive([{ ...unread('a', 10), open: () => source }]);
    const gone = new AbortController();
    const stream = zip.stream(gone.signal).on('error', () => undefined);
    const closed = once(source, 'close');
    if (way === 'abort') gone.abort();
    else stream.destroy();
    await closed;
    expect([stream.destroyed, stream.readableEnded]).toEqual([true, false]);
  });

  it('opens no member behind the one after which it is destroyed', async () => {
    const after = { ...unread('after', 0), open: () => expect.fail() };
    const stream = new ZipArchive([member('a', 1), after]).stream();
    const closed = once(stream, 'close');
    stream.on('data', (chunk: Buffer) => {
      // What follows the bytes of a member.
      if (chunk.toString('latin1').startsWith('PK\x07\x08')) stream.destroy();
    });
    await closed;
    expect(stream.readableEnded).toBe(false);
  });

  it('opens nothing for somebody who is gone already', () => {
    const zip = new ZipArchive([
      { ...unread('a', 10), open: () => expect.fail() },
    ]);
    expect(() => zip.stream(AbortSignal.abort())).toThrow(
      expect.objectContaining({ name: 'AbortError' }) as Error,
    );
  });
});

function member(name: string, content: number | Buffer): ZipMember {
  const bytes = typeof content === 'number' ? Buffer.alloc(content) : content;
  return {
    name,
    size: bytes.length,
    modified: MODIFIED,
    open: () => Readable.from([bytes], { objectMode: false }),
  };
}

/** A member whose size alone matters. */
function unread(name: string, size: number): ZipMember {
  return { ...member(name, 0), size };
}

async function* failing(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(1);
  throw new Error('It fails.');
}
