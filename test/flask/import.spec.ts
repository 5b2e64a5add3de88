import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { OwnerError } from '../../lib/core/errors.js';
import {
  FILES,
  type FlaskEncryptorFile,
} from '../core/legacy/flask-encryptor-files.js';
import { describeDatabases } from '../databases.js';
import {
  newUser,
  collect,
  flaskImport,
  importAll,
  useNewApplication,
} from './importing.js';
import {
  describeFolder,
  newContent,
  type OldApplication,
  useOldApplications,
  WRITTEN_AT,
} from './old-application.js';

describeDatabases((database) => {
  const place = useNewApplication(database);
  const oldApplication = useOldApplications(database);

  describe('an import', () => {
    it.each(applications())(
      'brings over what Flask-Encryptor wrote: $what',
      async ({ files }) => {
        const user = await newUser(place.source);
        const old = await oldApplication();
        await addFixtures(old, files, user);
        const options = { ...old.options, ...commonOptions(files) };
        const outcomes = await collect(
          flaskImport(place).run(options, { owner: 'writer' }),
        );
        expect(outcomes).toEqual(
          files.map(({ content }) =>
            expect.objectContaining({
              outcome: 'imported',
              size: content.length,
            }),
          ),
        );
        for (const [index, file] of files.entries()) {
          const filename = outcomes[index]?.filename ?? '';
          const read = await place.service.find(filename, { writer: user });
          expect(read.name).toBe(file.originalName);
          const content = await buffer(read.createReadStream());
          expect(content.equals(file.content), file.id).toBe(true);
        }
      },
    );

    it('gives each file to its user, with its filename, time and type', async () => {
      const [anna, bert] = [
        await newUser(place.source),
        await newUser(place.source),
      ];
      const old = await oldApplication();
      const [annas, berts] = [
        await old.addToken(anna),
        await old.addToken(bert),
      ];
      const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
      const files = [
        { user: anna, token: annas, name: 'a.png', content: png },
        { user: bert, token: berts, name: 'b', content: newContent(200_001) },
        { user: anna, token: annas, name: 'c.txt', content: Buffer.alloc(0) },
      ];
      const filenames: string[] = [];
      for (const file of files) filenames.push(await old.addFile(file));
      await importAll(place, old);
      for (const [index, { user, content, name }] of files.entries()) {
        const filename = filenames[index] ?? '';
        const file = await place.service.find(filename, { writer: user });
        expect(file).toMatchObject({ name, size: content.length });
        expect(file.type).toBe(
          content === png ? 'image/png' : 'application/octet-stream',
        );
        expect(file.row).toMatchObject({ filename, createdAt: WRITTEN_AT });
        expect(file.row.path).toBe(
          `${filename.slice(0, 2)}/${filename.slice(2, 4)}`,
        );
        expect(await buffer(file.createReadStream())).toEqual(content);
        const other = { writer: user === anna ? bert : anna };
        await expect(place.service.find(filename, other)).rejects.toMatchObject(
          { code: 'FILE_NOT_FOUND' },
        );
      }
    });

    it('finds owners by a function, which may refuse one', async () => {
      const user = await newUser(place.source);
      const old = await oldApplication();
      const token = await old.addToken(77_001);
      const known = await old.addFile({ user: 77_001, token });
      await old.addFile({ user: 77_002, token: await old.addToken(77_002) });
      const outcomes = await importAll(place, old, {
        owner: async (userId) => {
          if (String(userId) === '77001') return { writer: user };
          throw new OwnerError('Nobody has taken the place of this user.');
        },
      });
      expect(outcomes).toEqual([
        expect.objectContaining({ filename: known, outcome: 'imported' }),
        expect.objectContaining({
          outcome: 'refused',
          code: 'OWNER_INVALID',
          reason: 'Nobody has taken the place of this user.',
        }),
      ]);
      expect((await place.service.find(known, { writer: user })).size).toBe(9);
    });

    it('passes over what is there already', async () => {
      const user = await newUser(place.source);
      const old = await oldApplication();
      const token = await old.addToken(user);
      const first = await old.addFile({ user, token });
      expect(await importAll(place, old)).toEqual([
        expect.objectContaining({ outcome: 'imported', size: 9 }),
      ]);
      const second = await old.addFile({ user, token });
      const outcomes = await importAll(place, old);
      expect(
        outcomes.map(({ filename, outcome }) => [filename, outcome]),
      ).toEqual([
        [first, 'present'],
        [second, 'imported'],
      ]);
      const files = await place.service.list({ writer: user });
      expect(files.map(({ filename }) => filename).toSorted()).toEqual(
        [first, second].toSorted(),
      );
    });

    it('changes nothing of the old application, nor does a dry run of ours', async () => {
      const user = await newUser(place.source);
      const old = await oldApplication();
      const token = await old.addToken(user);
      const good = await old.addFile({
        user,
        token,
        content: newContent(4000),
      });
      const cut = await old.addFile({ user, token: 'of another' });
      const before = await old.state();
      const ours = async () => [
        await describeFolder(place.dataDir),
        await place.rows(),
        await place.source.query(
          `SELECT * FROM ${place.source.driver.escape('paper_token')}`,
        ),
      ];
      const oursBefore = await ours();
      const dry = await importAll(place, old, { dryRun: true });
      expect(dry).toEqual([
        expect.objectContaining({
          filename: good,
          outcome: 'importable',
          size: 4000,
        }),
        expect.objectContaining({
          filename: cut,
          outcome: 'refused',
          code: 'FORMAT',
        }),
      ]);
      expect(await ours()).toEqual(oursBefore);
      expect(await old.state()).toBe(before);
      await importAll(place, old);
      expect(await old.state()).toBe(before);
      expect(await ours()).not.toEqual(oursBefore);
      expect(await importAll(place, old, { dryRun: true })).toEqual([
        expect.objectContaining({ filename: good, outcome: 'present' }),
        expect.objectContaining({ filename: cut, outcome: 'refused' }),
      ]);
    });

    it('reads more rows than fit a page, and counts them', async () => {
      const user = await newUser(place.source);
      const old = await oldApplication();
      const token = await old.addToken(user);
      const filenames: string[] = [];
      for (let index = 0; index < 405; index += 1) {
        filenames.push(await old.addFile({ user, token }));
      }
      expect(await flaskImport(place).count(old.options)).toBe(405);
      const outcomes = await importAll(place, old, { dryRun: true });
      expect(outcomes.map(({ filename }) => filename)).toEqual(filenames);
    });

    it('takes tables and columns of other names', async () => {
      const user = await newUser(place.source);
      const names = {
        uploaded_files: 'Old Files',
        tokens: 'file-tokens',
        id: 'nr',
        filename: 'select',
        realname: 'Name',
        user_id: 'owner_id',
        value: 'text',
      };
      const old = await oldApplication(names);
      const token = await old.addToken(user);
      const filename = await old.addFile({ user, token });
      const run = flaskImport(place).run(
        {
          ...old.options,
          tables: { files: 'Old Files', tokens: 'file-tokens' },
          columns: {
            files: {
              id: 'nr',
              filename: 'select',
              realname: 'Name',
              user_id: 'owner_id',
            },
            tokens: { id: 'nr', value: 'text', user_id: 'owner_id' },
          },
        },
        { owner: 'writer' },
      );
      expect(await collect(run)).toEqual([
        expect.objectContaining({ filename, outcome: 'imported' }),
      ]);
    });

    it('ends between two files when it is told to', async () => {
      const user = await newUser(place.source);
      const old = await oldApplication();
      const token = await old.addToken(user);
      for (let index = 0; index < 3; index += 1) {
        await old.addFile({ user, token });
      }
      const stop = new AbortController();
      const outcomes = [];
      const run = flaskImport(place).run(old.options, {
        owner: 'writer',
        signal: stop.signal,
      });
      for await (const outcome of run) {
        outcomes.push(outcome);
        if (outcomes.length === 2) stop.abort();
      }
      expect(outcomes).toHaveLength(2);
      expect(await place.service.list({ writer: user })).toHaveLength(2);
    });
  });
});

/** The fixtures, by old application: it has one global key and one chunk size. */
function applications() {
  const groups = new Map<string, FlaskEncryptorFile[]>();
  for (const file of FILES) {
    const what = `${file.chunkSize} bytes, key ${JSON.stringify(file.globalKey)}`;
    groups.set(what, [...(groups.get(what) ?? []), file]);
  }
  return [...groups].map(([what, files]) => ({ what, files }));
}

function commonOptions(files: readonly FlaskEncryptorFile[]) {
  const [file] = files;
  return { globalKey: file?.globalKey ?? '', chunkSize: file?.oddChunkSize };
}

async function addFixtures(
  old: OldApplication,
  files: readonly FlaskEncryptorFile[],
  user: number,
): Promise<void> {
  // A group is of one user.
  await old.addToken(user, files[0]?.token);
  for (const { path, realname } of files) {
    const filename = await old.addRow({ realname, user });
    await copyFile(path, join(old.dataDir, filename));
  }
}
