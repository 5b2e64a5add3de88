import crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import {
  Equal,
  type FindManyOptions,
  In,
  IsNull,
  Like,
  Not,
  TableIndex,
} from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { DiskStore } from '../../lib/core/store/disk-store.js';
import {
  fileSystemAround,
  systemError,
} from '../core/store/faulty-file-system.js';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases } from '../databases.js';
import { Document, DocumentToken, OWNER } from '../e2e/documents.js';
import { FaultRoutes } from '../e2e/fault-routes.js';
import { filePart, postForm } from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import { containerOf, storeFile } from '../download/download-server.js';
import { useCaseApp } from './case-app.js';
import { replaceCall } from './system-call.js';

const SIZE = 100_000;

describeDatabases((database) => {
  let failing: string | undefined;
  const fs = fileSystemAround((name, call) =>
    name === failing ? Promise.reject(systemError('EIO')) : call(),
  );
  const app = useCaseApp({
    controllers: [FaultRoutes],
    database: () => database.create(Object.values(LINKED_ENTITIES)),
    options: {
      dataDir: undefined,
      get store() {
        return new DiskStore(app.running.dataDir, { fs });
      },
    },
  });
  const files = () => app.source.getRepository(Document);
  const upload = (content: Buffer, route = 'upload') =>
    postForm(`${app.running.url}/${route}`, filePart('a.txt', content));
  beforeEach(async () => {
    // All connections that a pool opens are open before anything is counted.
    const query = () => app.source.query('SELECT 1');
    await Promise.all(Array.from({ length: 20 }, query));
    app.countDescriptors();
  });
  app.afterCase(() => app.running.encryption.erase(OWNER));

  async function stored(name?: string): Promise<Document> {
    const facts = name === undefined ? {} : { name };
    const content = app.content(SIZE);
    const filename = await storeFile(app.running, content, facts);
    return files().findOneByOrFail({ filename });
  }

  // D-30
  describe('sealed columns', () => {
    // Names are cleaned of zero bytes; the bytes of what is sealed have them.
    const NAME = `${'é'.repeat(148)}.txt`;

    it('come back as they went in, as text, from every driver', async () => {
      expect(Buffer.byteLength(NAME)).toBe(300);
      const row = await stored(NAME);
      const sealed = Buffer.from(row.realname.slice(2), 'base64url');
      expect(sealed.includes(0)).toBe(true);
      expect(`1.${sealed.toString('base64url')}`).toBe(row.realname);
      const [raw] = await files()
        .createQueryBuilder('file')
        .select(['file.realname', 'file.key', 'file.path'])
        .getRawMany<Record<string, unknown>>();
      expect(raw).toEqual({
        file_realname: row.realname,
        file_key: row.key,
        file_path: row.path,
      });
      const [token] = await app.source.getRepository(DocumentToken).find();
      expect(token?.value).toMatch(/^1\.[\w-]+\.[\w-]+$/);
      const file = await app.running.encryption.find(row.filename, OWNER);
      expect(file.name).toBe(NAME);
    });

    it('that are saved again as they are read can still be opened', async () => {
      const row = await stored(NAME);
      await files().save(await files().findOneByOrFail({ id: row.id }));
      await files().update({ id: row.id }, { realname: row.realname });
      const again = await files().findOneByOrFail({ id: row.id });
      expect(again).toEqual(row);
      const file = await app.running.encryption.find(row.filename, OWNER);
      expect(file.name).toBe(NAME);
    });

    // No transformer stands in between: operators reach the database as they are.
    it('are compared as the texts that they are, whatever the operator', async () => {
      const [one, other] = [await stored('one'), await stored('other')];
      const both = [one.id, other.id];
      const wheres: [FindManyOptions<Document>['where'], number[]][] = [
        [{ realname: one.realname }, [one.id]],
        [{ realname: Equal(one.realname) }, [one.id]],
        [{ realname: In([one.realname, other.realname]) }, both],
        [{ realname: Not(one.realname) }, [other.id]],
        [{ realname: Not(In([one.realname])) }, [other.id]],
        [{ realname: Not(IsNull()), key: Not(IsNull()) }, both],
        [{ realname: IsNull() }, []],
        [{ key: In([other.key]) }, [other.id]],
        [{ realname: Like('1.%') }, both],
      ];
      for (const [where, ids] of wheres) {
        const options: FindManyOptions<Document> = { where, order: { id: 1 } };
        const before = inspect(options, { depth: 9 });
        for (const _ of [1, 2]) {
          const found = await files().find(options);
          expect(found.map(({ id }) => id)).toEqual(ids);
          expect(inspect(options, { depth: 9 })).toBe(before);
        }
      }
    });

    it('are not asked by the service, which refuses operators', async () => {
      const { filename } = await stored();
      const { encryption } = app.running;
      for (const operator of [In([1]), Not(2), IsNull(), Not(IsNull())]) {
        const owner = { userId: operator };
        for (const call of [
          encryption.list(owner),
          encryption.find(filename, owner),
          encryption.erase(owner),
        ]) {
          expect(await rejectionOf(call)).toHaveProperty(
            'code',
            'OWNER_INVALID',
          );
        }
        const name = operator as unknown as string;
        expect(await rejectionOf(encryption.find(name, OWNER))).toHaveProperty(
          'code',
          'FILE_NOT_FOUND',
        );
      }
      expect(await encryption.list(OWNER)).toHaveLength(1);
    });
  });

  // D-31: (c), a process that is killed between the two, is in
  // maintenance/sweep-suite.ts, and under load in crashes/crashes.spec.ts.
  describe('neither row nor container is left', () => {
    it('(a) of a transaction that is rolled back after the save', async () => {
      let during = -1;
      FaultRoutes.midway = async () => {
        during = (await app.running.containers()).length;
        throw new Error('The application has changed its mind.');
      };
      const { status } = await upload(app.content(SIZE), 'transaction');
      expect([status, during]).toEqual([500, 1]);
      FaultRoutes.midway = async () => undefined;
      await expectNothingLeft();
      expect(await app.source.getRepository(DocumentToken).count()).toBe(0);
    });

    // A row comes after its container here: where storage fails, there is none.
    it.each(['handle.write', 'handle.sync', 'link'])(
      '(b) of a store that fails: %s',
      async (name) => {
        failing = name;
        for (const route of ['upload', 'transaction']) {
          const { status } = await upload(app.content(SIZE), route);
          expect(status).toBe(500);
        }
        failing = undefined;
        await expectNothingLeft();
      },
    );
  });

  it.each(['upload', 'transaction'])(
    '(d) a row that violates a unique constraint leaves nothing: %s',
    async (route) => {
      const columnNames = ['userId', 'size'];
      const index = new TableIndex({ columnNames, isUnique: true });
      await using runner = app.source.createQueryRunner();
      await runner.createIndex('document', index);
      try {
        const kept = app.content(SIZE);
        const first = (await upload(kept, route)).json as StoredFile;
        const { status } = await upload(app.content(SIZE), route);
        expect(status).toBe(500);
        expect(await files().countBy(OWNER)).toBe(1);
        expect(await app.running.containers()).toHaveLength(1);
        await expectContent(first, kept);
      } finally {
        await runner.dropIndex('document', index);
      }
    },
  );

  it('(e) a name that is taken is not given again, and its container stays', async () => {
    const kept = app.content(SIZE);
    const first = (await upload(kept)).json as StoredFile;
    const container = containerOf(app.running, first.filename);
    const bytes = readFileSync(container);
    const content = app.content(SIZE);
    let times = 3;
    using generator = replaceCall(
      crypto,
      'randomBytes',
      (real, count) => (size: number) => {
        if (size !== 16 || times === 0) return real(size);
        times -= 1;
        count();
        return Buffer.from(first.filename, 'hex');
      },
    );
    const second = (await upload(content)).json as StoredFile;
    expect(generator.calls).toBe(3);
    expect(second.filename).not.toBe(first.filename);
    expect(readFileSync(container).equals(bytes)).toBe(true);
    await expectContent(first, kept);
    await expectContent(second, content);
  });

  async function expectNothingLeft(): Promise<void> {
    expect(await files().countBy(OWNER)).toBe(0);
    expect(await app.running.containers()).toEqual([]);
  }

  async function expectContent({ filename }: StoredFile, content: Buffer) {
    const { body } = await receive(`${app.running.url}/files/${filename}`);
    expect(body.equals(content)).toBe(true);
  }
});

interface StoredFile {
  readonly filename: string;
}
