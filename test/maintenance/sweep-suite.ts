import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { DeleteDateColumn, Entity } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { newKey } from '../contract/objects.js';
import { useCompiledStore } from '../core/store/compiled-store.js';
import { describeDatabases } from '../databases.js';
import { newOwner, Paper } from '../encryption-service/papers.js';
import { Document, DocumentToken } from '../e2e/documents.js';
import { LogCapture } from '../e2e/log-capture.js';
import { readText } from '../encryption-service/service-place.js';
import { importAll } from '../flask/importing.js';
import {
  describeFolder,
  useOldApplications,
} from '../flask/old-application.js';
import { KEPT, keyOf, OLD, useSweeping, YOUNG } from './sweeping.js';

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** A file that an application only marks as deleted. */
@Entity()
class MarkedDocument extends Document {
  @DeleteDateColumn()
  deletedAt!: Date | null;
}

const COLUMNS = {
  userId: 1,
  path: 'ab/cd',
  realname: 'x',
  key: 'x',
  size: 1,
  createdAt: 1,
};

/** What a sweep does, on each database. */
export function describeSweeps(): void {
  const log = new LogCapture();
  beforeAll(() => {
    Logger.overrideLogger(log);
  });
  afterAll(() => {
    Logger.overrideLogger(true);
  });

  describeDatabases((database) => {
    const sweeping = useSweeping(database);
    const oldApplication = useOldApplications(database);
    const compiled = useCompiledStore();
    const { place } = sweeping;
    const text = (filename: string) =>
      readText(place.service, filename, { ...sweeping.owner });
    const sweep = (options = {}) => sweeping.sweeper().sweep(options);

    it('takes a row that is only marked as deleted for a row', async () => {
      const source = await database.connect([MarkedDocument, DocumentToken]);
      const entities = { file: MarkedDocument, token: DocumentToken };
      const rows = new EntityRows(source, entities);
      const filenames = ['a', 'b'].map((digit) => digit.repeat(32));
      const repository = source.getRepository(MarkedDocument);
      for (const filename of filenames) {
        await repository.insert({ filename, ...COLUMNS });
      }
      await repository.softDelete({ filename: filenames[0] });
      expect(await repository.count()).toBe(1);
      const other = 'c'.repeat(32);
      expect(await rows.files.findFilenames([...filenames, other])).toEqual(
        new Set(filenames),
      );
      const rowless = [...filenames, other].map((filename) =>
        rows.files.isRowless(filename),
      );
      expect(await Promise.all(rowless)).toEqual([false, false, true]);
    });

    describe('a sweep', () => {
      it('removes old containers without a row and old unfinished writes', async () => {
        const lost = await sweeping.lose(OLD);
        await sweeping.leave(OLD);
        const reader = await sweeping.store.read(keyOf(lost));
        await reader.close();
        expect(await sweep()).toEqual({
          containers: KEPT + 1,
          orphans: 1,
          unfinished: 1,
          abandoned: 1,
          young: 0,
          removed: 2,
          kept: 0,
          bytes: reader.size + 1000,
        });
        expect(await place.stored()).toEqual(await place.rows());
      });

      // D-31
      it('finds what a killed process has left, once it is old', async () => {
        const [whole, part] = [newKey(), newKey()];
        const program = `
        const [root, whole, part] = args;
        const store = new DiskStore(root, { durable: false });
        await store.open();
        const [one, two] = [await store.create(whole), await store.create(part)];
        await one.write(Buffer.alloc(500));
        await two.write(Buffer.alloc(500));
        await one.commit();
        console.log('written');
        setInterval(() => undefined, 1000);`;
        const child = compiled.run(program, [place.dataDir, whole, part]);
        if (!child.stdout) throw new Error('The process has no output.');
        await once(child.stdout, 'data');
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
        expect(await sweep()).toMatchObject({ young: 2, removed: 0 });
        await sweeping.age(whole.slice(6), OLD);
        await sweeping.age(`${part.slice(6)}.part`, OLD);
        expect(await sweep()).toMatchObject({ removed: 2, bytes: 1000 });
        expect(await place.stored()).toEqual(await place.rows());
      });

      it('leaves alone what is younger', async () => {
        await sweeping.lose(YOUNG);
        await sweeping.lose(0);
        await sweeping.leave(YOUNG);
        await sweeping.leave(0);
        const before = await place.stored();
        expect(await sweep()).toMatchObject({
          orphans: 0,
          abandoned: 0,
          young: 4,
          removed: 0,
          bytes: 0,
        });
        expect(await place.stored()).toEqual(before);
      });

      it('sees that an upload goes on by the bytes that it gets', async () => {
        const { name, writer } = await sweeping.leave(OLD);
        await writer.write(Buffer.alloc(1));
        expect(await sweep()).toMatchObject({ young: 1, removed: 0 });
        await writer.commit();
        expect(await place.stored()).toContain(name.replace('.part', ''));
      });

      it('takes another age than 30 days', async () => {
        await sweeping.lose(3);
        const young = await sweeping.lose(1);
        expect(await sweep({ olderThanMs: 2 * DAY })).toMatchObject({
          orphans: 1,
          removed: 1,
          young: 1,
        });
        expect(await place.stored()).toContain(young);
      });

      it('holds nothing for old by the clock of the machine alone', async () => {
        await sweeping.lose(1);
        sweeping.store.clock = { ahead: -40 * DAY, since: 0 };
        expect(await sweep()).toMatchObject({ young: 1, removed: 0 });
      });

      it('holds nothing for old since the clock of the store has jumped', async () => {
        await sweeping.lose(1);
        sweeping.store.clock = { ahead: 40 * DAY, since: Date.now() - HOUR };
        expect(await sweep()).toMatchObject({ young: 1, removed: 0 });
      });

      // D-31
      it('changes nothing in a dry run, and counts the same', async () => {
        await sweeping.lose(OLD);
        await sweeping.leave(OLD);
        await sweeping.lose(YOUNG);
        const before = await files();
        const dry = await sweep({ dryRun: true });
        expect(await files()).toEqual(before);
        expect(dry).toMatchObject({ orphans: 1, abandoned: 1, removed: 0 });
        expect(await sweep()).toEqual({ ...dry, removed: 2 });
      });

      it('touches no row, also none whose container is missing', async () => {
        const upload = await place.upload('missing');
        const row = await place.service.save(upload, sweeping.owner);
        await sweeping.store.remove(keyOf(row.filename));
        await sweeping.lose(OLD);
        const papers = place.source.getRepository(Paper);
        const before = await papers.find({ order: { id: 'ASC' } });
        expect(await sweep()).toMatchObject({
          containers: KEPT + 1,
          removed: 1,
        });
        expect(await papers.find({ order: { id: 'ASC' } })).toEqual(before);
        await papers.delete({ id: row.id });
      });

      it('keeps an old upload that is saved when the store has been listed', async () => {
        const late = await place.upload('late');
        await sweeping.age(late.filename, OLD);
        sweeping.store.onListed = () =>
          place.service.save(late, { ...sweeping.owner });
        expect(await sweep()).toMatchObject({ orphans: 0, removed: 0 });
        expect(await text(late.filename)).toBe('late');
        await place.service.remove(late.filename, { ...sweeping.owner });
      });

      it('keeps an old upload that is saved when the database has been asked', async () => {
        const late = await place.upload('late');
        await sweeping.age(late.filename, OLD);
        sweeping.store.onRemove = () =>
          place.service.save(late, { ...sweeping.owner });
        expect(await sweep()).toMatchObject({
          orphans: 1,
          removed: 0,
          kept: 1,
          bytes: 0,
        });
        expect(log.text).toContain('1 were kept, since rows have come');
        expect(await text(late.filename)).toBe('late');
        await place.service.remove(late.filename, { ...sweeping.owner });
      });

      it('keeps a file whose row is deleted in a transaction that is undone', async () => {
        const upload = await place.upload('deleted');
        const { filename } = await place.service.save(upload, sweeping.owner);
        await sweeping.age(filename, OLD);
        const undone = place.source.transaction(async (manager) => {
          await manager.delete(Paper, { filename });
          const { removed, kept } = await sweep();
          // Where there is one connection, the row is not seen any more.
          const isHidden = database.name === 'better-sqlite3';
          expect({ removed, kept }).toEqual({
            removed: 0,
            kept: isHidden ? 1 : 0,
          });
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
        expect(await text(filename)).toBe('deleted');
        await place.service.remove(filename, { ...sweeping.owner });
      });

      it('keeps what was imported from Flask-Encryptor, and removes what was not', async () => {
        const { id: user } = (await newOwner(place.source)).writer;
        const old = await oldApplication();
        const token = await old.addToken(user);
        const filename = await old.addFile({ user, token });
        const [outcome] = await importAll(place, old);
        expect(outcome).toMatchObject({ outcome: 'imported' });
        await sweeping.age(filename, OLD);
        const interrupted = await sweeping.lose(OLD);
        expect(await sweep()).toMatchObject({ orphans: 1, removed: 1 });
        expect(await place.stored()).not.toContain(interrupted);
        expect(await readText(place.service, filename, { writer: user })).toBe(
          'Dear Anna',
        );
        await place.service.remove(filename, { writer: user });
      });

      it('is done by two at once', async () => {
        for (let left = 2; left > 0; left -= 1) await sweeping.lose(OLD);
        const reports = await Promise.all([sweep(), sweep()]);
        expect(reports.reduce((sum, { removed }) => sum + removed, 0)).toBe(2);
        expect(await place.stored()).toEqual(await place.rows());
      });
    });

    /** All files of the store, with contents and times. */
    async function files(): Promise<string[]> {
      const all = await describeFolder(place.dataDir);
      return all.filter((line) => /^\S{38}/.test(line));
    }
  });
}
