import { Logger } from '@nestjs/common';
import { type DataSource, DeleteDateColumn, Entity } from 'typeorm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { keyId } from '../../lib/core/keys/key-id.js';
import { KeyChain } from '../../lib/core/keys/key-chain.js';
import type { KeyProvider } from '../../lib/core/keys/key-provider.js';
import { Keyring } from '../../lib/core/keys/keyring.js';
import { SecretKey } from '../../lib/core/secret-key.js';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { MaintenanceService } from '../../lib/maintenance/maintenance.service.js';
import { KeyService } from '../core/keys/key-service.js';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases } from '../databases.js';
import { Document, DocumentToken } from '../e2e/documents.js';
import { LogCapture } from '../e2e/log-capture.js';

/** A token that an application only marks as deleted. */
@Entity()
class MarkedToken extends DocumentToken {
  @DeleteDateColumn()
  deletedAt!: Date | null;
}

const ENTITIES = { file: Document, token: MarkedToken };

const [next, old, gone] = [1, 2, 3].map(() => SecretKey.random());
if (!next || !old || !gone) throw new Error('There are three keys.');

const use = (key: SecretKey, tokens: number, isAvailable = true) => ({
  id: keyId(key),
  tokens,
  isPrimary: key === next,
  isAvailable,
});

/** What a report of the keys tells, on each database. */
export function describeKeyReports(): void {
  const log = new LogCapture();
  beforeAll(() => {
    Logger.overrideLogger(log);
  });
  beforeEach(() => log.clear());
  afterAll(() => {
    Logger.overrideLogger(true);
  });

  describeDatabases((database) => {
    let source: DataSource;
    let users = 0;
    const tokens = () => source.getRepository(MarkedToken);
    const insert = async (...values: readonly string[]) => {
      const rows = values.map((value) => ({ userId: (users += 1), value }));
      await tokens().insert(rows);
    };
    const insertUnder = async (provider: KeyProvider, count: number) => {
      const chain = new KeyChain(provider);
      for (let made = 0; made < count; made += 1) {
        await insert((await chain.createToken('userId=1')).value);
      }
    };
    const under = (provider: KeyProvider) =>
      new MaintenanceService(
        {
          store: new DiskStore('never opened'),
          keys: new KeyChain(provider),
          temporary: { removeDead: () => Promise.resolve() },
          others: () => [],
        },
        new EntityRows(source, ENTITIES),
      );
    beforeAll(async () => {
      source = await database.connect([Document, MarkedToken]);
    });
    beforeEach(async () => {
      await tokens().clear();
    });

    it('counts the tokens under each key, of one without any too', async () => {
      await insertUnder(new Keyring([next]), 2);
      expect(await under(new Keyring([next, old])).keys()).toEqual({
        tokens: 2,
        keys: [use(next, 2), use(old, 0)],
        missing: 0,
        damaged: 0,
      });
      expect(log.lines).toEqual([
        {
          level: 'log',
          text: `Keys: of 2 tokens 2 are under key ${keyId(next)} (primary), 0 are under key ${keyId(old)} (earlier). FileEncryptor`,
        },
      ]);
    });

    it('warns of tokens under a key that is missing, and of damaged ones', async () => {
      await insertUnder(new Keyring([next]), 1);
      await insertUnder(new Keyring([old]), 2);
      await insertUnder(new Keyring([gone]), 3);
      await insert('', '1.x.***', 'nonsense', '2.abc.AAAA');
      expect(await under(new Keyring([next, old])).keys()).toEqual({
        tokens: 10,
        keys: [use(next, 1), use(old, 2), use(gone, 3, false)],
        missing: 3,
        damaged: 4,
      });
      const [line, ...others] = log.lines;
      expect(others).toEqual([]);
      expect(line?.level).toBe('warn');
      expect(line?.text).toContain(
        `Keys: of 10 tokens 3 need a key that is not configured; 3 are under key ${keyId(gone)} (NOT AVAILABLE: give it back), 1 are under key ${keyId(next)} (primary), 2 are under key ${keyId(old)} (earlier), 4 are no wrapped keys.`,
      );
    });

    it('counts tokens that are only marked as deleted', async () => {
      await insertUnder(new Keyring([old]), 2);
      const [row] = await tokens().find();
      await tokens().softDelete({ id: row?.id ?? 0 });
      expect(await tokens().count()).toBe(1);
      const { keys } = await under(new Keyring([next, old])).keys();
      expect(keys).toEqual([use(next, 0), use(old, 2)]);
    });

    it('counts more tokens than are read at once, each once', async () => {
      const ids = ['a', 'b.c', 'd'];
      for (let done = 0; done < 2500; done += 100) {
        const values = Array.from(
          { length: 100 },
          (_, at) => `1.${ids[(done + at) % 3]}.AAAA`,
        );
        await insert(...values);
      }
      const { tokens: count, keys } = await under(new Keyring([next])).keys();
      expect(count).toBe(2500);
      const counts = keys.map(({ id, tokens: each }) => [id, each]);
      expect(counts).toEqual([
        [keyId(next), 0],
        ['a', 834],
        ['b.c', 833],
        ['d', 833],
      ]);
    });

    it('names few keys in the log, whatever the rows say', async () => {
      const ids = Array.from({ length: 30 }, (_, at) => `invented-${at}`);
      await insert(...ids.map((id) => `1.${id}.AAAA`));
      const { keys, missing } = await under(new Keyring([next])).keys();
      expect([keys.length, missing]).toEqual([31, 30]);
      expect(log.text).toContain('30 need a key that is not configured');
      expect(log.text).toContain('invented-9');
      expect(log.text).not.toContain('invented-10');
      expect(log.text).toContain('20 are under others');
    });

    it('names missing keys in the log before all others, the most needed first', async () => {
      const many = Array.from({ length: 11 }, () => SecretKey.random());
      const ids = Array.from({ length: 11 }, (_, at) => `invented-${at}`);
      await insert(...ids.map((id) => `1.${id}.AAAA`));
      await insertUnder(new Keyring([gone]), 2);
      await under(new Keyring([next, ...many])).keys();
      expect(log.text).toContain(
        `Keys: of 13 tokens 13 need a key that is not configured; 2 are under key ${keyId(gone)} (NOT AVAILABLE: give it back), 1 are under key invented-0 (`,
      );
    });

    it('knows of a key provider its primary key alone', async () => {
      const service = new KeyService();
      await insertUnder(service, 1);
      const { primaryId: earlier } = service;
      service.rotate();
      await insertUnder(service, 2);
      const { keys, missing } = await under(service).keys();
      expect(missing).toBe(0);
      expect(keys).toEqual([
        {
          id: service.primaryId,
          tokens: 2,
          isPrimary: true,
          isAvailable: true,
        },
        {
          id: earlier,
          tokens: 1,
          isPrimary: false,
          isAvailable: undefined,
        },
      ]);
    });

    it('ends with the reason of its signal', async () => {
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      const counting = under(new Keyring([next])).keys({ signal });
      expect(await rejectionOf(counting)).toBe(reason);
    });
  });
}
