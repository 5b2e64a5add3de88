import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../lib/core/errors.js';
import type { SweepReport } from '../../lib/maintenance/sweep-report.js';
import { put } from '../contract/objects.js';
import { rejectionOf } from '../core/thrown.js';
import { LogCapture } from '../e2e/log-capture.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import { KEPT, keyOf, OLD, useSweeping } from './sweeping.js';

const log = new LogCapture();
beforeAll(() => {
  Logger.overrideLogger(log);
});
beforeEach(() => {
  log.clear();
});
afterAll(() => {
  Logger.overrideLogger(true);
});

describe('a sweep', () => {
  const sweeping = useSweeping(memoryDatabase());
  const { place } = sweeping;

  it('logs counts, and no name', async () => {
    const lost = await sweeping.lose(OLD);
    await sweeping.sweeper().sweep();
    expect(log.lines).toEqual([
      {
        level: 'log',
        text: expect.stringMatching(
          /^Sweep: of 21 containers 1 are orphans, .*; 1 were removed, \d+ bytes\. FileEncryptor$/,
        ) as string,
      },
    ]);
    expect(log.text).not.toContain(lost);
    expect(log.text).not.toContain(place.dataDir);
  });

  it('removes all that it can, and says what it could not', async () => {
    const stuck = await sweeping.lose(OLD);
    await sweeping.lose(OLD);
    sweeping.store.refuses = (key) => key === keyOf(stuck);
    const error = await rejectionOf(sweeping.sweeper().sweep());
    sweeping.store.refuses = () => false;
    expect(error).toBeInstanceOf(StoreError);
    expect(String(error)).toContain('1 of 2 orphans were removed');
    expect(error).toMatchObject({
      cause: { errors: [{ message: `File ${stuck}: The disk is busy.` }] },
    });
    const rows = await place.rows();
    expect(await place.stored()).toEqual([...rows, stuck].toSorted());
  });

  it('ends with the reason of a signal before it removes anything', async () => {
    const lost = await sweeping.lose(OLD);
    const controller = new AbortController();
    sweeping.store.onRemove = async () => {
      controller.abort(new Error('enough'));
    };
    const { signal } = controller;
    const error = await rejectionOf(sweeping.sweeper().sweep({ signal }));
    expect(error).toEqual(new Error('enough'));
    expect(await place.stored()).toHaveLength(KEPT + 1);
    expect(await place.stored()).toContain(lost);
  });

  it('ends while it lists, and leaves nothing of its own', async () => {
    await sweeping.lose(OLD);
    const before = await place.stored();
    const signal = AbortSignal.abort(new Error('at once'));
    const error = await rejectionOf(sweeping.sweeper().sweep({ signal }));
    expect(error).toEqual(new Error('at once'));
    expect(await place.stored()).toEqual(before);
  });

  it('refuses a store that does not list what it has', async () => {
    await sweeping.lose(OLD);
    const before = await place.stored();
    const listed = new Set(before.map(keyOf));
    sweeping.store.hides = (key) => !listed.has(key);
    const sweep = sweeping.sweeper().sweep();
    await expect(sweep).rejects.toThrow(/did not list an object/);
    expect(await place.stored()).toEqual(before);
  });

  it('works through more than one statement takes, and tells how far it is', async () => {
    const extra = Array.from({ length: 1_200 }, () =>
      randomBytes(16).toString('hex'),
    );
    for (const filename of extra) {
      await put(sweeping.store, keyOf(filename), Buffer.of(1));
      await sweeping.age(filename, OLD);
    }
    const told: SweepReport[] = [];
    const onProgress = (soFar: SweepReport) => told.push(soFar);
    const report = await sweeping.sweeper().sweep({ force: true, onProgress });
    expect(report).toMatchObject({
      containers: KEPT + 1_200,
      orphans: 1_200,
      removed: 1_200,
    });
    expect(told.map(({ containers }) => containers).slice(0, 3)).toEqual([
      expect.any(Number),
      expect.any(Number),
      KEPT + 1_200,
    ]);
    expect(told.map(({ removed }) => removed)).toEqual([0, 0, 0, 500, 1_000]);
    expect(await place.stored()).toEqual(await place.rows());
  });
});
