import { copyFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Document } from '../e2e/documents.js';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  containerOf,
} from '../download/download-server.js';
import { receive } from '../e2e/http-client.js';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import { useCaseApp } from './case-app.js';

const SIZE = 300_000;
/** As `INTEGRITY (reference …): File <filename>: …`. */
const REFUSED = /^(INTEGRITY|WRONG_KEY) \(reference /;

/** All of it, and a part. */
const REQUESTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { Range: 'bytes=1000-1999' },
];

const ALL_REFUSED = DELIVERIES.flatMap(() =>
  REQUESTS.map(() => ({
    status: 500,
    isNeutral: true,
    isLogged: true,
    isDiscreet: true,
  })),
);

/** A file as it was stored. */
interface Stored {
  readonly row: Document;
  readonly content: Buffer;
}

// D-11
describe.each(ADAPTERS)(
  'a record in the place of another, on %s,',
  (_, parts) => {
    const app = useCaseApp({ controllers: [Downloads], ...parts });
    let files: { one: Stored; two: Stored; foreign: Stored };
    beforeEach(async () => {
      files = {
        one: await store('one', 1),
        two: await store('two', 1),
        foreign: await store('foreign', 2),
      };
      app.running.log.clear();
    });

    /** Two files of one size: a length must not be what gives them away. */
    async function store(name: string, userId: number): Promise<Stored> {
      const { encryption } = app.running;
      const content = app.content(SIZE);
      const facts = { name: `${name}-secret.txt`, type: 'text/plain' };
      const source = Readable.from([content]);
      const upload = await encryption.encryptUpload(source, facts);
      return { row: await encryption.save(upload, { userId }), content };
    }

    const change = ({ row }: Stored, columns: Partial<Document>) =>
      app.source
        .getRepository(LINKED_ENTITIES.file)
        .update({ id: row.id }, columns);

    /** What each read of a file of user 1 says, and whether it tells too much. */
    async function readings({ row }: Stored) {
      const all: unknown[] = [];
      for (const delivery of DELIVERIES) {
        for (const headers of REQUESTS) {
          app.running.log.clear();
          const url = `${app.running.url}/files/${row.filename}?delivery=${delivery}`;
          const answer = await receive(url, { headers });
          const shown = JSON.stringify(answer.headers) + String(answer.body);
          const { errors, text } = app.running.log;
          all.push({
            status: answer.status,
            isNeutral: shown.includes('"INTERNAL_ERROR"'),
            isLogged: REFUSED.test(errors[0] ?? ''),
            isDiscreet: !`${shown}${text}`.includes('secret'),
          });
        }
      }
      return all;
    }

    async function isReadable({ row, content }: Stored): Promise<boolean> {
      const url = `${app.running.url}/files/${row.filename}`;
      return (await receive(url)).body.equals(content);
    }

    it('is refused where two containers were exchanged on the disk', async () => {
      const { one, two } = files;
      const [a, b] = [one, two].map(({ row }) =>
        containerOf(app.running, row.filename),
      );
      if (!a || !b) throw new Error('There are two containers.');
      const aside = join(app.running.folder, 'aside');
      await rename(a, aside);
      await rename(b, a);
      await rename(aside, b);
      expect(await readings(one)).toEqual(ALL_REFUSED);
      expect(await readings(two)).toEqual(ALL_REFUSED);
    });

    it("is refused where another owner's container was copied over", async () => {
      const { one, foreign } = files;
      const [a, b] = [one, foreign].map(({ row }) =>
        containerOf(app.running, row.filename),
      );
      if (!a || !b) throw new Error('There are two containers.');
      await copyFile(b, a);
      expect(await readings(one)).toEqual(ALL_REFUSED);
    });

    it.each<[string, (from: Document) => Partial<Document>]>([
      ['the sealed name', ({ realname }) => ({ realname })],
      ['the wrapped key', ({ key }) => ({ key })],
      [
        'the sealed name and the wrapped key',
        ({ realname, key }) => ({ realname, key }),
      ],
    ])(
      'is refused where %s was copied from another row',
      async (_what, columns) => {
        const { one, two } = files;
        await change(two, columns(one.row));
        expect(await readings(two)).toEqual(ALL_REFUSED);
        expect(await isReadable(one)).toBe(true);
        const listed = await app.running.encryption.list({ userId: 1 });
        const names = listed.map(({ row }) => row.filename);
        expect(names).not.toContain(two.row.filename);
        expect(names).toContain(one.row.filename);
      },
    );

    it('is refused where all of it was copied: name, key and container', async () => {
      const { one, two } = files;
      const [from, to] = [one, two].map(({ row }) =>
        containerOf(app.running, row.filename),
      );
      if (!from || !to) throw new Error('There are two containers.');
      await copyFile(from, to);
      const { realname, key } = one.row;
      await change(two, { realname, key });
      expect(await readings(two)).toEqual(ALL_REFUSED);
      expect(await isReadable(one)).toBe(true);
    });

    it("is refused where the wrapped key is that of another owner's file", async () => {
      const { one, two, foreign } = files;
      await change(one, { key: foreign.row.key });
      expect(await readings(one)).toEqual(ALL_REFUSED);
      expect(await isReadable(two)).toBe(true);
    });
  },
);
