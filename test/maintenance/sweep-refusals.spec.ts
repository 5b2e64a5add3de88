import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError, StoreError } from '../../lib/core/errors.js';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import type { ObjectEntry } from '../../lib/core/store/object-store.js';
import { MaintenanceService } from '../../lib/maintenance/maintenance.service.js';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases } from '../databases.js';
import { LogCapture } from '../e2e/log-capture.js';
import { newOwner, Paper, PAPER_TABLES } from '../encryption-service/papers.js';
import { KEPT, keyOf, OLD, useSweeping } from './sweeping.js';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

const UNKNOWN = { constructor: StoreError, code: 'SWEEP_UNKNOWN_STORE' };

const log = new LogCapture();
beforeAll(() => {
  Logger.overrideLogger(log);
});
afterAll(() => {
  Logger.overrideLogger(true);
});

describeDatabases((database) => {
  const sweeping = useSweeping(database);
  const { place } = sweeping;

  /** What a sweep and its dry run are refused with; nothing may be changed. */
  async function refusalsOf(
    service: MaintenanceService,
    options = {},
  ): Promise<readonly [unknown, unknown]> {
    const before = await place.stored();
    const dry = await rejectionOf(service.sweep({ ...options, dryRun: true }));
    const refusal = await rejectionOf(service.sweep(options));
    expect(await place.stored()).toEqual(before);
    return [dry, refusal];
  }

  describe('a sweep refuses', () => {
    it('without entities', async () => {
      await sweeping.lose(OLD);
      const { store } = sweeping;
      const { keys, temporary } = place.configuration;
      const service = new MaintenanceService({
        store,
        keys,
        temporary,
        others: () => [],
      });
      const error = {
        constructor: ConfigurationError,
        message: expect.stringContaining('option entities') as string,
      };
      expect(await refusalsOf(service)).toMatchObject([error, error]);
    });

    it('where another configuration has its store in the same place', async () => {
      await sweeping.lose(OLD);
      const error = {
        constructor: ConfigurationError,
        message: expect.stringContaining('in the same place') as string,
      };
      const elsewhere = new DiskStore(place.tmpDir);
      const link = join(place.tmpDir, '..', 'link');
      await symlink(place.dataDir, link);
      for (const other of [
        sweeping.store,
        new DiskStore(place.dataDir),
        new DiskStore(link),
      ]) {
        const service = sweeping.sweeper({ others: [elsewhere, other] });
        expect(await refusalsOf(service)).toMatchObject([error, error]);
      }
      const report = await sweeping.sweeper({ others: [elsewhere] }).sweep();
      expect(report.removed).toBe(1);
    });

    it('with an empty database, also by force', async () => {
      const source = await database.connect(PAPER_TABLES);
      await sweeping.leave(OLD);
      const service = sweeping.sweeper({ source });
      expect(await refusalsOf(service, { force: true })).toMatchObject([
        UNKNOWN,
        UNKNOWN,
      ]);
    });

    it('with a database whose rows are of another store, also by force', async () => {
      const source = await database.connect(PAPER_TABLES);
      const owner = await newOwner(source);
      const columns = { realname: 'x', key: 'x', size: 1, createdAt: 1 };
      for (const filename of ['a'.repeat(32), 'b'.repeat(32)]) {
        const row = { ...owner, ...columns, filename, path: 'ab/cd' };
        await source.getRepository(Paper).insert(row);
      }
      const service = sweeping.sweeper({ source });
      expect(await refusalsOf(service, { force: true })).toMatchObject([
        UNKNOWN,
        UNKNOWN,
      ]);
    });

    it('with a database that was emptied and has new rows, also by force', async () => {
      const source = await database.connect(PAPER_TABLES);
      const owner = await newOwner(source);
      const service = await place.another(undefined, source);
      const upload = await place.upload('new');
      await service.save(upload, owner);
      const sweeper = sweeping.sweeper({ source });
      expect(await refusalsOf(sweeper, { force: true })).toMatchObject([
        UNKNOWN,
        UNKNOWN,
      ]);
      await service.erase(owner);
    });

    it('but tells before what it has found, and waits for who is told', async () => {
      const lost = await sweeping.lose(OLD);
      const source = await database.connect(PAPER_TABLES);
      const told: string[] = [];
      const onOrphan = async ({ key }: ObjectEntry) => {
        await turn();
        told.push(key);
      };
      const sweep = sweeping.sweeper({ source }).sweep({ onOrphan });
      expect(await rejectionOf(sweep)).toMatchObject(UNKNOWN);
      expect(told).toContain(keyOf(lost));
      expect(told).toHaveLength(KEPT + 1);
    });

    it('and says so in the log', async () => {
      log.clear();
      const source = await database.connect(PAPER_TABLES);
      await rejectionOf(sweeping.sweeper({ source }).sweep());
      expect(log.lines).toContainEqual({
        level: 'warn',
        text: expect.stringMatching(/Sweep: None of the 20 containers/),
      });
    });

    it('above a tenth of orphans, unless it is forced', async () => {
      const error = {
        constructor: StoreError,
        code: 'SWEEP_TOO_MANY',
        message: expect.stringMatching(/^3 of 23 containers/) as string,
      };
      for (let left = 3; left > 0; left -= 1) await sweeping.lose(OLD);
      const service = sweeping.sweeper();
      expect(await refusalsOf(service)).toMatchObject([error, error]);
      const report = await service.sweep({ force: true });
      expect(report).toMatchObject({ orphans: 3, removed: 3 });
      expect(await place.stored()).toEqual(await place.rows());
    });

    it('not at two of 22, which is no more than a tenth', async () => {
      for (let left = 2; left > 0; left -= 1) await sweeping.lose(OLD);
      expect((await sweeping.sweeper().sweep()).removed).toBe(2);
    });

    it.each([
      ['an age below two days', { olderThanMs: 2 * DAY - 1 }],
      [
        'an age below twice the duration of uploads',
        { olderThanMs: 30 * DAY, maxUploadMs: 15 * DAY + 1 },
      ],
      ['no age', { olderThanMs: Number.NaN }],
      ['an age that is no number', { olderThanMs: '1e12' as never }],
      ['an endless age', { olderThanMs: Number.POSITIVE_INFINITY }],
      ['uploads that are shorter than an hour', { maxUploadMs: HOUR - 1 }],
      ['a text for force', { force: 'false' as never }],
      ['a text for dryRun', { dryRun: 'false' as never }],
    ])('%s', async (_what, options) => {
      const refusal = await rejectionOf(sweeping.sweeper().sweep(options));
      expect(refusal).toBeInstanceOf(ConfigurationError);
    });
  });

  it('waits longer by default where uploads may take longer', async () => {
    await sweeping.lose(39);
    const maxUploadMs = 20 * DAY;
    const report = await sweeping.sweeper().sweep({ maxUploadMs });
    expect(report).toMatchObject({ young: 1, removed: 0 });
  });
});
