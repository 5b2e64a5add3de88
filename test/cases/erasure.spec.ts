import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { copyFile, mkdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import {
  type DataSource,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToOne,
  PrimaryColumn,
  Unique,
} from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import { DownloadLinkService, MaintenanceService } from 'nestjs-file-encryptor';
import {
  containerOf,
  DELIVERIES,
  Downloads,
} from '../download/download-server.js';
import { Document, DocumentToken, OWNER } from '../e2e/documents.js';
import { begin, receive } from '../e2e/http-client.js';
import { DocumentLink, Links } from '../e2e/linked-documents.js';
import { useCaseApp } from './case-app.js';

const SIZE = 300_000;
/** More than the buffers of both ends of a connection hold. */
const LARGE = 16 * 1024 * 1024;
const OTHER = { userId: 2 } as const;
const MONTH = 31 * 24 * 60 * 60;

@Entity()
class Person {
  @PrimaryColumn()
  id!: number;
}

/** A file that goes with its owner's row, where the database sees to it. */
@Entity()
class OwnedDocument extends Document {
  @ManyToOne(() => Person, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'userId' })
  user!: Person;
}

@Entity()
@Unique(['userId'])
class OwnedToken extends DocumentToken {
  @OneToOne(() => Person, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'userId' })
  user!: Person;
}

const ENTITIES = { file: OwnedDocument, token: OwnedToken, link: DocumentLink };

/** What an owner has when the owner goes. */
interface Leaving {
  readonly filenames: readonly string[];
  readonly contents: readonly Buffer[];
  /** The path of a live link. */
  readonly link: string;
  /** A download of the last file, of which nothing has been read. */
  readonly download: IncomingMessage;
}

// D-32
describe.each(['on', 'off'])('with foreign keys %s, an owner', (keys) => {
  const app = useCaseApp({
    controllers: [Downloads, Links],
    entities: ENTITIES,
    tables: [Person],
  });
  beforeEach(async () => {
    await app.source.query(`PRAGMA foreign_keys = ${keys}`);
    await app.source.getRepository(Person).save([{ id: 1 }, { id: 2 }]);
    await save(app.content(SIZE), OTHER.userId);
    app.running.log.clear();
    // Of the copies of containers that tests make.
    await mkdir(copies());
    app.countDescriptors();
  });
  app.afterCase(async () => {
    await rm(copies(), { recursive: true });
    for (const owner of [OWNER, OTHER]) {
      await app.running.encryption.erase(owner);
    }
  });

  it.each(DELIVERIES)(
    'who is erased leaves nothing, and a copy of a container does not open (%s)',
    async (delivery) => {
      const leaving = await leavingOwner(delivery);
      const [filename = ''] = leaving.filenames;
      const copy = join(copies(), filename);
      await copyFile(containerOf(app.running, filename), copy);
      const row = await repository(app.source).findOneByOrFail({ filename });
      expect(await app.running.encryption.erase(OWNER)).toEqual({
        tokens: 1,
        files: 3,
        containers: 3,
      });
      await expectOwnBytesOnly(leaving);
      expect(await counts()).toEqual({ tokens: 1, files: 1, links: 0 });
      expect(await app.running.containers()).toHaveLength(1);
      await expectGone(leaving);
      // The copy of the container comes back, and even that of the row.
      const container = containerOf(app.running, filename);
      await mkdir(dirname(container), { recursive: true, mode: 0o700 });
      await rename(copy, container);
      await expectGone(leaving);
      await save(app.content(SIZE), OWNER.userId);
      await repository(app.source).insert(row);
      await expectUnreadable(filename);
      expect(await app.running.encryption.erase(OWNER)).toEqual({
        tokens: 1,
        files: 2,
        containers: 2,
      });
    },
  );

  it('whose row alone is deleted leaves what a sweep or an erasure removes', async () => {
    const leaving = await leavingOwner('temp-file');
    await app.source.getRepository(Person).delete({ id: OWNER.userId });
    await expectOwnBytesOnly(leaving);
    const maintenance = app.running.app.get(MaintenanceService);
    const isOn = keys === 'on';
    // With foreign keys, token and rows went with the owner's row; without them
    // nothing did, and an erasure needs no row of the owner.
    expect(await counts()).toMatchObject(
      isOn ? { tokens: 1, files: 1 } : { tokens: 2, files: 4 },
    );
    const erased = await app.running.encryption.erase(OWNER);
    expect(erased).toEqual(
      isOn
        ? { tokens: 0, files: 0, containers: 0 }
        : { tokens: 1, files: 3, containers: 3 },
    );
    await expectGone(leaving);
    // Young containers may be uploads.
    const found = isOn ? 3 : 0;
    expect(await maintenance.sweep({ force: true })).toMatchObject({
      orphans: 0,
      young: found,
      removed: 0,
    });
    await age();
    for (const dryRun of [true, false]) {
      expect(await maintenance.sweep({ force: true, dryRun })).toMatchObject({
        containers: 1 + found,
        orphans: found,
        removed: dryRun ? 0 : found,
      });
    }
    expect(await app.running.containers()).toHaveLength(1);
  });

  /** An owner with three files, a link and a running download. */
  async function leavingOwner(delivery: string): Promise<Leaving> {
    const contents = [SIZE, SIZE, LARGE].map((size) => app.content(size));
    const filenames: string[] = [];
    for (const content of contents) {
      filenames.push(await save(content, OWNER.userId));
    }
    const { secret } = await app.running.app
      .get(DownloadLinkService)
      .create(filenames[0] ?? '', OWNER, { expiresIn: 3600 });
    app.keepSecret(secret);
    const link = `links/${secret}`;
    expect((await receive(`${app.running.url}/${link}`)).status).toBe(200);
    const path = `files/${filenames[2]}?delivery=${delivery}`;
    const download = await begin(`${app.running.url}/${path}`);
    await once(download, 'readable');
    return { filenames, contents, link, download };
  }

  async function save(content: Buffer, userId: number): Promise<string> {
    const { encryption } = app.running;
    const upload = await encryption.encryptUpload(Readable.from([content]), {
      name: 'a.txt',
      type: 'text/plain',
    });
    return (await encryption.save(upload, { userId })).filename;
  }

  async function expectGone({ filenames, link }: Leaving): Promise<void> {
    const { url, encryption } = app.running;
    for (const filename of filenames) {
      expect((await receive(`${url}/files/${filename}`)).status).toBe(404);
    }
    for (const method of ['GET', 'POST'] as const) {
      expect((await receive(`${url}/${link}`, { method })).status).toBe(404);
    }
    expect(await encryption.list(OWNER)).toEqual([]);
    expect(await encryption.list(OTHER)).toHaveLength(1);
  }

  async function expectUnreadable(filename: string): Promise<void> {
    for (const delivery of DELIVERIES) {
      const url = `${app.running.url}/files/${filename}?delivery=${delivery}`;
      const { status, body } = await receive(url);
      expect(status).toBe(500);
      expect(JSON.parse(String(body))).toHaveProperty('code', 'INTERNAL_ERROR');
    }
    expect(app.running.log.errors.join()).toContain('WRONG_KEY');
  }

  async function counts() {
    const [tokens, files, links] = await Promise.all(
      [OwnedToken, OwnedDocument, DocumentLink].map((entity) =>
        app.source.getRepository(entity).count(),
      ),
    );
    return { tokens, files, links };
  }

  /** All containers are a month older. */
  async function age(): Promise<void> {
    const then = Date.now() / 1000 - MONTH;
    for (const path of await app.running.containers()) {
      await utimes(join(app.running.dataDir, path), then, then);
    }
  }

  function copies(): string {
    return join(app.running.folder, 'copies');
  }
});

/** What runs already comes to its end: its key and its file are open. */
async function expectOwnBytesOnly({ download, contents }: Leaving) {
  const body = await buffer(download);
  expect(download.complete).toBe(true);
  expect(body.equals(contents[2] ?? Buffer.alloc(0))).toBe(true);
}

function repository(source: DataSource) {
  return source.getRepository(OwnedDocument);
}
