import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pattern } from '../core/floe/pattern.js';
import { receive } from '../e2e/http-client.js';
import { useRunningApp } from '../e2e/running-app.js';
import { CountingStore, readRuns } from './counting-store.js';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  storeFile,
} from './download-server.js';

const C = 65_536;
const SMALL = 3 * C + 7;
const MIDDLE = 4 * 1024 * 1024;
const LARGE = 2 * MIDDLE;

/** Range and, of those that it touches, the first segment and the last. */
const READS = [
  {
    what: 'bytes of one segment',
    size: SMALL,
    from: 10,
    to: 20,
    touch: [0, 0],
  },
  { what: 'a segment', size: SMALL, from: C, to: 2 * C, touch: [1, 1] },
  { what: 'a border', size: SMALL, from: C - 1, to: C + 1, touch: [0, 1] },
  {
    what: 'the last segment',
    size: SMALL,
    from: 3 * C,
    to: SMALL,
    touch: [3, 3],
  },
  { what: 'all segments', size: SMALL, from: 1, to: SMALL, touch: [0, 3] },
  {
    what: 'a byte of many',
    size: LARGE,
    from: MIDDLE,
    to: MIDDLE + 1,
    touch: [64, 64],
  },
  {
    what: 'the middle',
    size: LARGE,
    from: MIDDLE - 9,
    to: MIDDLE + 9,
    touch: [63, 64],
  },
  {
    what: 'a large middle',
    size: LARGE,
    from: MIDDLE - 9,
    to: MIDDLE + 9 * C,
    touch: [63, 72],
  },
  {
    what: 'the end',
    size: LARGE,
    from: LARGE - 1,
    to: LARGE,
    touch: [127, 127],
  },
  { what: 'a large file', size: LARGE, from: 0, to: LARGE, touch: [0, 127] },
] as const;

// D-21
describe.each(ADAPTERS)('a download on %s', (_, parts) => {
  let folder = '';
  let store: CountingStore;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'counted-'));
    store = new CountingStore(join(folder, 'data'), { durable: false });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const running = useRunningApp({
    controllers: [Downloads],
    ...parts,
    options: {
      dataDir: undefined,
      get store() {
        return store;
      },
    },
  });
  const filenames = new Map<number, string>();
  beforeAll(async () => {
    for (const size of [0, SMALL, LARGE]) {
      filenames.set(size, await storeFile(running, pattern(size)));
    }
    store.take();
  });

  describe.each(DELIVERIES)('by %s', (delivery) => {
    /** Only this one reads before it sends, and keeps nothing. */
    const times = delivery === 'verify' ? 2 : 1;
    const ask = (size: number, headers: Readonly<Record<string, string>>) =>
      receive(
        `${running.url}/files/${filenames.get(size)}?delivery=${delivery}`,
        { headers },
      );

    it.each(READS)(
      'reads for a range of $what header and touched segments only',
      async ({ size, from, to, touch: [first, last] }) => {
        const answer = await ask(size, { Range: `bytes=${from}-${to - 1}` });
        expect(answer.status).toBe(206);
        expect(sha256(answer.body)).toBe(
          sha256(pattern(size).subarray(from, to)),
        );
        expect(store.take()).toEqual(readRuns(size, { first, last, times }));
      },
    );

    it.each([0, SMALL, LARGE])(
      'reads for all %i bytes each once',
      async (size) => {
        const { status, body } = await ask(size, {});
        expect({ status, length: body.length }).toEqual({
          status: 200,
          length: size,
        });
        const last = Math.max(0, Math.ceil(size / C) - 1);
        expect(store.take()).toEqual(readRuns(size, { first: 0, last, times }));
      },
    );

    it('reads nothing for a range that is not there', async () => {
      const { status } = await ask(SMALL, { Range: `bytes=${SMALL}-` });
      expect(status).toBe(416);
      expect(store.take()).toEqual([]);
    });
  });
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
