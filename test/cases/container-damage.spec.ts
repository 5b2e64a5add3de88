import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CONTENT_AAD } from '../../lib/core/container/write-container.js';
import * as twin from '../core/floe/floe-twin.js';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
} from '../download/download-server.js';
import { receive } from '../e2e/http-client.js';
import { useCaseApp } from './case-app.js';
import {
  dataKeyOf,
  expectRefused,
  segmentsOf,
  storeContainer,
  type StoredContainer,
} from './stored-container.js';

const SMALL = 64 * 1024;
/** One segment is read at a time. */
const LARGE = 1024 * 1024;

/** Where a segment begins, from 1 on. */
const segment = (number: number, C: number) => 74 + (number - 1) * (C + 32);

/** Bytes of the content before the segment of a place. */
const before = (at: number, C: number) =>
  Math.max(0, Math.floor((at - 74) / (C + 32)) * C);

/** Fields of a file of five chunks, each with a place in it. */
function placesIn(C: number): readonly (readonly [string, number])[] {
  const tags = [1, 2, 3, 4, 5].map(
    (number) => [`tag ${number}`, segment(number + 1, C) - 9] as const,
  );
  return [
    ['the id of the cipher', 0],
    ['the id of the derivation', 1],
    ['the length of segments', 5],
    ['the length of the IV', 9],
    ['the IV', 20],
    ['the tag of the header', 60],
    ['the length of segment 1', segment(1, C) + 2],
    ['the nonce of segment 1', segment(1, C) + 10],
    ['segment 1', segment(1, C) + 1000],
    ['the nonce of segment 3', segment(3, C) + 10],
    ['segment 3', segment(3, C) + 1000],
    ...tags,
    ['the last byte', segment(6, C) - 1],
  ];
}

// D-09
describe.each(ADAPTERS)('a bit that flips, on %s', (_, parts) => {
  describe('in a file of five chunks', () => {
    const { app, refuse } = useVictim(5, SMALL, parts);

    it.each(placesIn(SMALL))('is noticed in %s', async (_field, at) => {
      for (const delivery of DELIVERIES) {
        app.running.log.clear();
        const came = await refuse(delivery, (file) => [
          flipped(file.bytes, at),
        ]);
        const good = delivery === 'stream' ? before(at, SMALL) : 0;
        expect(came).toBeLessThanOrEqual(good);
        expect(app.running.log.errors.join()).toMatch(
          /INTEGRITY|FORMAT|IntegrityError/,
        );
      }
    });
  });

  describe('in a file of five large chunks, which leave one by one,', () => {
    const { refuse } = useVictim(5, LARGE, parts);

    it.each(placesIn(LARGE).filter(([, at]) => at >= segment(3, LARGE)))(
      'lets nothing out behind the chunk before: %s',
      async (_field, at) => {
        const change = (file: StoredContainer) => [flipped(file.bytes, at)];
        const came = await refuse('stream', change);
        expect(came).toBeLessThanOrEqual(before(at, LARGE));
      },
    );
  });
});

// D-10
describe.each(ADAPTERS)('chunks, on %s,', (_, parts) => {
  describe.each([SMALL, LARGE])('of %d bytes', (C) => {
    const victim = useVictim(4, C, parts);
    const { refuse } = victim;
    let other: readonly Buffer[] = [];
    let older: readonly Buffer[] = [];
    beforeAll(async () => {
      const { app, file } = victim;
      other = (await storeContainer(app, app.content(4 * C), C)).segments;
      // The same file before: its key, its name, other content.
      const key = await dataKeyOf(app, file.filename);
      const content = app.content(4 * C);
      const container = twin.encrypt(key, CONTENT_AAD, content, C);
      older = segmentsOf(container, C);
    });

    it.each<[string, (file: StoredContainer) => readonly unknown[]]>([
      ['without the last one', ({ segments: [a, b, c] }) => [a, b, c]],
      ['without the second', ({ segments: [a, , c, d] }) => [a, c, d]],
      [
        'with the second and the third exchanged',
        ({ segments: [a, b, c, d] }) => [a, c, b, d],
      ],
      [
        'with the second twice',
        ({ segments: [a, b, c, d] }) => [a, b, b, c, d],
      ],
      [
        'with the second in the place of the third',
        ({ segments: [a, b, , d] }) => [a, b, b, d],
      ],
      [
        'with the second of another file of the same owner',
        ({ segments: [a, , c, d] }) => [a, other[1], c, d],
      ],
      [
        'with the second of an older version',
        ({ segments: [a, , c, d] }) => [a, older[1], c, d],
      ],
    ])('are not taken for the file %s', async (_what, change) => {
      expect(older).toHaveLength(4);
      for (const delivery of DELIVERIES) {
        const changed = (file: StoredContainer) => [
          file.header,
          ...change(file).filter((part) => part instanceof Uint8Array),
        ];
        const came = await refuse(delivery, changed);
        expect(came).toBeLessThanOrEqual(delivery === 'stream' ? 2 * C : 0);
      }
    });
  });
});

type AppParts = Parameters<typeof useCaseApp>[0];

/** A stored file, and a way to read it with its container changed. */
function useVictim(chunks: number, C: number, parts: AppParts) {
  const app = useCaseApp({
    controllers: [Downloads],
    options: { chunkSize: C },
    ...parts,
  });
  const made: { file?: StoredContainer } = {};
  const file = (): StoredContainer => {
    if (!made.file) throw new Error('The file has not been stored.');
    return made.file;
  };
  beforeAll(async () => {
    made.file = await storeContainer(app, app.content(chunks * C), C);
    const { status, body } = await read('temp-file');
    expect([status, body.equals(file().content)]).toEqual([200, true]);
  });
  beforeEach(() => app.running.log.clear());
  const read = (delivery: string) =>
    receive(`${app.running.url}/files/${file().filename}?delivery=${delivery}`);
  return {
    app,
    get file() {
      return file();
    },
    /** Reads it as it becomes; how many bytes came before the refusal. */
    refuse: async (
      delivery: string,
      change: (file: StoredContainer) => readonly Uint8Array[],
    ): Promise<number> => {
      file().become(...change(file()));
      try {
        return expectRefused(await read(delivery), file());
      } finally {
        file().become(file().bytes);
      }
    },
  };
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
