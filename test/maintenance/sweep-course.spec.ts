import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../../lib/core/errors.js';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import type { ObjectEntry } from '../../lib/core/store/object-store.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { MaintenanceService } from '../../lib/maintenance/maintenance.service.js';
import type { SweepReport } from '../../lib/maintenance/sweep-report.js';
import { put } from '../contract/objects.js';
import { rejectionOf } from '../core/thrown.js';
import { LogCapture } from '../e2e/log-capture.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import { PAPERS } from '../encryption-service/papers.js';
import { KEPT, keyOf, OLD, useSweeping, YOUNG } from './sweeping.js';

/** As long as that of an empty file. */
const EMPTY_CONTAINER = Buffer.alloc(106);

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

  it('ends with the reason of a signal while it tells what it has found', async () => {
    for (let left = 2; left > 0; left -= 1) await sweeping.lose(OLD);
    const controller = new AbortController();
    const told: string[] = [];
    const onOrphan = ({ key }: { readonly key: string }) => {
      told.push(key);
      controller.abort(new Error('enough'));
    };
    const { signal } = controller;
    const options = { dryRun: true, force: true, signal, onOrphan };
    const error = await rejectionOf(sweeping.sweeper().sweep(options));
    expect(error).toEqual(new Error('enough'));
    expect(told).toHaveLength(1);
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

  it('removes what the clock of a killed sweep has left, when it is old', async () => {
    const { store } = sweeping;
    const [old = '', young = ''] = ['a', 'b'].map((letter) =>
      letter.repeat(32),
    );
    for (const filename of [old, young]) {
      await put(store, keyOf(filename), Buffer.of(0));
    }
    await sweeping.age(old, OLD);
    expect(await sweeping.sweeper().sweep()).toMatchObject({
      containers: KEPT,
      unfinished: 2,
      abandoned: 1,
      young: 1,
      removed: 1,
    });
    expect(await place.stored()).toContain(young);
  });

  it('is done by two at once where nothing is stored yet', async () => {
    const store = new DiskStore(join(place.dataDir, '..', 'empty'));
    await store.open();
    const sweeper = new MaintenanceService(
      { ...place.configuration, store, others: () => [] },
      new EntityRows(place.source, PAPERS),
    );
    for (let round = 0; round < 5; round += 1) {
      const both = await Promise.all([sweeper.sweep(), sweeper.sweep()]);
      expect(both).toMatchObject([{ containers: 0 }, { containers: 0 }]);
    }
  });

  it('tells what it would remove, and removes it', async () => {
    const lost = await sweeping.lose(OLD);
    await sweeping.lose(YOUNG);
    const told: string[] = [];
    const onOrphan = ({ key }: ObjectEntry) => told.push(key);
    await sweeping.sweeper().sweep({ onOrphan, dryRun: true });
    expect(told).toEqual([keyOf(lost)]);
    expect(await place.stored()).toContain(lost);
    await sweeping.sweeper().sweep({ onOrphan });
    expect(told).toEqual([keyOf(lost), keyOf(lost)]);
  });

  it('says what is needed where there is no room for its clock', async () => {
    const full = new StoreError('full', { code: 'STORE_FULL' });
    sweeping.store.onCreate = () => Promise.reject(full);
    const error = await rejectionOf(sweeping.sweeper().sweep());
    expect(error).toMatchObject({ code: 'STORE_FULL', cause: full });
    expect(String(error)).toContain('one byte');
  });

  it('works through more than one statement takes, and tells how far it is', async () => {
    const extra = Array.from({ length: 1_200 }, () =>
      randomBytes(16).toString('hex'),
    );
    for (const filename of extra) {
      await put(sweeping.store, keyOf(filename), EMPTY_CONTAINER);
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
