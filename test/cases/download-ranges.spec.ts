import { beforeAll, describe, expect, it } from 'vitest';
import { pattern } from '../core/floe/pattern.js';
import { readRuns } from '../download/counting-store.js';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  storeFile,
} from '../download/download-server.js';
import { receive } from '../e2e/http-client.js';
import { useCountedApp } from './counted-app.js';

const C = 65_536;
const SIZE = 3 * C + 7;

/** Bytes of an answer, to `end` exclusive, and the segments that have them. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
}

const PARTS: readonly (readonly [range: string, part: Part])[] = [
  ['bytes=0-0', { start: 0, end: 1, first: 0, last: 0 }],
  ['bytes=10-19', { start: 10, end: 20, first: 0, last: 0 }],
  [`bytes=${C - 1}-${C}`, { start: C - 1, end: C + 1, first: 0, last: 1 }],
  [`bytes=${2 * C}-`, { start: 2 * C, end: SIZE, first: 2, last: 3 }],
  ['bytes=-5', { start: SIZE - 5, end: SIZE, first: 3, last: 3 }],
  ['bytes=0-', { start: 0, end: SIZE, first: 0, last: 3 }],
  [`bytes=${3 * C}-${9 * C}`, { start: 3 * C, end: SIZE, first: 3, last: 3 }],
];

// D-21
describe.each(ADAPTERS)('a part of a file on %s', (_, parts) => {
  const { app, take } = useCountedApp({ ...parts, controllers: [Downloads] });
  let content: Buffer;
  let filename = '';
  beforeAll(async () => {
    // No two places of it look alike.
    content = Buffer.concat([app.content(100), pattern(SIZE - 100)]);
    filename = await storeFile(app.running, content);
    take();
  });

  describe.each(DELIVERIES)('by %s', (delivery) => {
    /** Only this one reads before it sends, and keeps nothing. */
    const times = delivery === 'verify' ? 2 : 1;
    const ask = (Range: string) =>
      receive(`${app.running.url}/files/${filename}?delivery=${delivery}`, {
        headers: { Range },
      });

    it.each(PARTS)(
      'has the bytes of %s, and costs no more',
      async (range, part) => {
        const { start, end, first, last } = part;
        const { status, broken, headers, body } = await ask(range);
        expect({ status, broken }).toEqual({ status: 206, broken: false });
        expect(headers['content-range']).toBe(
          `bytes ${start}-${end - 1}/${SIZE}`,
        );
        expect(headers['content-length']).toBe(String(end - start));
        expect(body.equals(content.subarray(start, end))).toBe(true);
        expect(take()).toEqual(readRuns(SIZE, { first, last, times }));
      },
    );

    it('is refused where it begins past the end, and nothing is read', async () => {
      const { status, headers } = await ask(`bytes=${SIZE}-`);
      expect(status).toBe(416);
      expect(headers['content-range']).toBe(`bytes */${SIZE}`);
      expect(take()).toEqual([]);
    });

    it.each(['bytes=abc', 'items=0-1'])(
      'is the whole file where it is %s',
      async (range) => {
        const { status, headers, body } = await ask(range);
        expect(status).toBe(200);
        expect(headers['content-length']).toBe(String(SIZE));
        expect(headers['content-range']).toBeUndefined();
        expect(body.equals(content)).toBe(true);
        const all = { first: 0, last: 3, times };
        expect(take()).toEqual(readRuns(SIZE, all));
      },
    );
  });
});
