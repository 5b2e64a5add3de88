import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encryptLegacyName } from '../../lib/core/legacy/legacy-name.js';
import { describeDatabases } from '../databases.js';
import { addWriter, importAll, useNewApplication } from './importing.js';
import {
  newContent,
  newName,
  oldName,
  type OldApplication,
  PUBLISHED_KEY,
  useOldApplications,
} from './old-application.js';

const CANARY = 'canary-in-a-name.txt';

/** Of a user who has a token, and another who has not. */
const USER = 1;
const STRANGER = 2;

interface Hostile {
  readonly what: string;
  readonly code: string;
  readonly make: (old: OldApplication, token: string) => Promise<unknown>;
}

const HOSTILE: readonly Hostile[] = [
  ...['../victim', '..', '', 'A'.repeat(32), `${'a'.repeat(32)}\n`, 'a/b'].map(
    (filename) => ({
      what: `the filename ${JSON.stringify(filename)}`,
      code: 'FORMAT',
      make: (old: OldApplication) => old.addRow({ filename }),
    }),
  ),
  {
    what: 'no filename',
    code: 'FORMAT',
    make: (old) => old.addRow({ filename: null }),
  },
  {
    what: 'no file',
    code: 'OBJECT_NOT_FOUND',
    make: (old) => old.addRow({}),
  },
  {
    what: 'a link in the place of its file',
    code: 'STORE',
    make: async (old, token) => {
      const target = await old.addFile({ token, user: STRANGER });
      const filename = await old.addRow({});
      await symlink(join(old.dataDir, target), join(old.dataDir, filename));
    },
  },
  {
    what: 'a folder in the place of its file',
    code: 'STORE',
    make: async (old) => mkdir(join(old.dataDir, await old.addRow({}))),
  },
  {
    what: 'a pipe in the place of its file',
    code: 'STORE',
    make: async (old) =>
      execFileSync('mkfifo', [join(old.dataDir, await old.addRow({}))]),
  },
  ...[2n ** 40n, 2n ** 63n, 2n ** 64n - 1n].map((size) => ({
    what: `a size of ${size}`,
    code: 'FORMAT',
    make: async (old: OldApplication, token: string) =>
      patch(old, await old.addFile({ token }), (bytes) => {
        bytes.writeBigUInt64LE(size);
        return bytes;
      }),
  })),
  {
    what: 'a file that was cut',
    code: 'FORMAT',
    make: async (old, token) =>
      patch(old, await old.addFile({ token }), (bytes) =>
        bytes.subarray(0, -1),
      ),
  },
  {
    what: 'a file that is empty',
    code: 'FORMAT',
    make: async (old, token) =>
      patch(old, await old.addFile({ token }), () => Buffer.alloc(0)),
  },
  {
    what: 'a content under another token, found at its end',
    code: 'FORMAT',
    make: (old) =>
      old.addFile({ token: newName(), content: newContent(300_001) }),
  },
  {
    what: 'no name',
    code: 'FORMAT',
    make: (old, token) => old.addFile({ token, realname: null }),
  },
  {
    what: 'a name that is too short to be one',
    code: 'FORMAT',
    make: (old, token) => old.addFile({ token, realname: Buffer.alloc(15) }),
  },
  {
    what: 'a name that is no UTF-8',
    code: 'FORMAT',
    make: (old, token) =>
      old.addFile({ token, realname: flipped(oldName(CANARY)) }),
  },
  {
    what: 'a name of 4,097 bytes',
    code: 'NAME_TOO_LONG',
    make: (old, token) => old.addFile({ token, name: 'é'.repeat(2048) + 'x' }),
  },
  {
    what: 'no user',
    code: 'OWNER_INVALID',
    make: (old, token) => old.addFile({ token, user: null }),
  },
  {
    what: 'a user without a token',
    code: 'KEY_NOT_FOUND',
    make: (old, token) => old.addFile({ token, user: STRANGER }),
  },
  {
    what: 'a user with two tokens that differ',
    code: 'FORMAT',
    make: async (old, token) => {
      await old.addToken(USER);
      await old.addFile({ token });
    },
  },
  {
    what: 'a user whom the new database does not have',
    code: 'OWNER_INVALID',
    make: async (old) =>
      old.addFile({ token: await old.addToken(999_999), user: 999_999 }),
  },
];

describeDatabases((database) => {
  const place = useNewApplication(database);
  const oldApplication = useOldApplications(database);

  describe('an import refuses an old row with', () => {
    it.each(HOSTILE)('$what', async ({ make, code }) => {
      await ensureWriters();
      const old = await oldApplication();
      const token = await old.addToken(USER);
      await make(old, token);
      const [rows, containers] = [await place.rows(), await place.stored()];
      const before = await old.state();
      const outcomes = await importAll(place, old);
      const outcome = outcomes.at(-1);
      expect(outcome).toMatchObject({ outcome: 'refused', code });
      expect(outcome?.reason).toMatch(/^[A-Z].*[.]$/);
      for (const secret of [token, PUBLISHED_KEY, old.dataDir, CANARY]) {
        expect(outcome?.reason).not.toContain(secret);
      }
      expect(await place.rows()).toEqual(rows);
      expect(await place.stored()).toEqual(containers);
      expect(await old.state()).toBe(before);
    });
  });

  it('goes on behind a refused row', async () => {
    await ensureWriters();
    const old = await oldApplication();
    const token = await old.addToken(USER);
    await old.addRow({ filename: '../x' });
    const filename = await old.addFile({ token });
    await old.addRow({});
    const outcomes = await importAll(place, old);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'refused',
      'imported',
      'refused',
    ]);
    expect(await place.rows()).toContain(filename);
  });

  it('accepts two tokens that are the same', async () => {
    await ensureWriters();
    const old = await oldApplication();
    const token = await old.addToken(USER);
    await old.addToken(USER, token);
    await old.addFile({ token });
    expect(await importAll(place, old)).toEqual([
      expect.objectContaining({ outcome: 'imported' }),
    ]);
  });

  it('keeps a name of 4,096 bytes, whatever is in it', async () => {
    await ensureWriters();
    const old = await oldApplication();
    const token = await old.addToken(USER);
    const name = ` ..\\\r\n\u202e/${'é'.repeat(2042)}\0 `;
    expect(Buffer.byteLength(name)).toBe(4096);
    const filename = await old.addFile({ token, name });
    await importAll(place, old);
    const file = await place.service.find(filename, { writer: USER });
    expect(file.name).toBe(name);
  });

  it('is refused names by another global key, and content by no key', async () => {
    await ensureWriters();
    const old = await oldApplication();
    const token = await old.addToken(USER);
    // 60 bytes that are UTF-8 by chance are one in many millions.
    const realname = encryptLegacyName('ä'.repeat(30), {
      globalKey: 'another',
      allowUnauthenticated: true,
    });
    await old.addFile({ token, realname });
    expect(await importAll(place, old)).toEqual([
      expect.objectContaining({ outcome: 'refused', code: 'FORMAT' }),
    ]);
  });

  /** The suite's writers; those of other tests are there already. */
  async function ensureWriters(): Promise<void> {
    if ((await place.source.query(ONE_WRITER)).length > 0) return;
    await addWriter(place.source, USER);
    await addWriter(place.source, STRANGER);
  }
});

const ONE_WRITER = 'SELECT id FROM writer';

async function patch(
  { dataDir }: OldApplication,
  filename: string,
  change: (bytes: Buffer) => Buffer,
): Promise<void> {
  const path = join(dataDir, filename);
  const changed = change(await readFile(path));
  await writeFile(path, changed);
}

/** The last byte of the name becomes one that no UTF-8 has there. */
function flipped(realname: Buffer): Buffer {
  const bytes = Buffer.from(realname);
  const last = bytes.length - 1;
  bytes.writeUInt8(bytes.readUInt8(last) ^ 0x80, last);
  return bytes;
}
