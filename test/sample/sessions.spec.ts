import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Drive, useSample } from './drive.js';
import { Visitor } from './visitor.js';

const sample = useSample();
let drive: Drive;
beforeAll(async () => {
  drive = await sample.open();
});

const visitor = () => new Visitor(drive.url);

describe('signing in', () => {
  it('answers with the name and a cookie that scripts and other sites cannot use', async () => {
    const answer = await visitor().signIn('alice');
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ name: 'alice' });
    const cookies = answer.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; samesite=strict/i);
    }
  });

  it('makes one user of ten first sign-ins at once', async () => {
    const visitors = Array.from({ length: 10 }, visitor);
    const answers = await Promise.all(
      visitors.map((one) => one.signIn('many at once')),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const [first, ...others] = visitors;
    await first?.store('x', 'shared.txt');
    for (const other of others) {
      expect((await other.list()).map(({ name }) => name)).toEqual([
        'shared.txt',
      ]);
    }
  });

  it.each([
    ['spaces around it', '  bob  ', 'bob'],
    ['letters of any script', '報告 é-1', '報告 é-1'],
    ['marks that letters need', 'नमस्ते', 'नमस्ते'],
    ['a letter and its accent apart', 'e\u0301va', '\u00e9va'],
    ['the punctuation of addresses', 'a.b_c-d@e', 'a.b_c-d@e'],
    ['64 characters', '𝒜'.repeat(64), '𝒜'.repeat(64)],
  ])('takes a name with %s', async (_what, given, name) => {
    const answer = await visitor().signIn(given);
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ name });
  });

  it.each([
    ['nothing', ''],
    ['spaces only', '   '],
    ['65 characters', 'a'.repeat(65)],
    ['a slash', 'a/b'],
    ['markup', '<b>'],
    ['a line break', 'a\nb'],
    ['a NUL', 'a\0'],
    ['a pictogram', 'a😀'],
    ['a number', 7],
    ['a list', ['alice']],
    ['an object', { toString: 'alice' }],
    ['null', null],
  ])('refuses %s as a name', async (_what, name) => {
    const answer = await visitor().signIn(name);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'USER_NAME_INVALID' });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded'])(
    'refuses a body that says it is %s, as forms of other sites send it',
    async (type) => {
      const answer = await visitor().request('POST', '/api/session', {
        body: type.endsWith('plain') ? '{"name":"alice"}' : 'name=alice',
        headers: { 'content-type': type },
      });
      expect(answer.status).toBe(400);
    },
  );
});

describe('the session', () => {
  it('tells the name of the one who is signed in', async () => {
    const carol = await Visitor.signedIn(drive.url, 'carol');
    const answer = await carol.get('/api/session');
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ name: 'carol' });
  });

  it('ends with signing out', async () => {
    const carol = await Visitor.signedIn(drive.url, 'carol');
    expect((await carol.delete('/api/session')).status).toBe(204);
    expect(carol.cookie).not.toMatch(/session=/);
    expect((await carol.get('/api/session')).status).toBe(401);
  });

  it('is not taken from a cookie that was changed', async () => {
    const carol = await Visitor.signedIn(drive.url, 'carol');
    const forged = Buffer.from(JSON.stringify({ userId: 'carol' }));
    const cookie = carol.cookie.replace(
      /session=[^;]+/,
      `session=${forged.toString('base64')}`,
    );
    const answer = await fetch(`${drive.url}/api/session`, {
      headers: { cookie },
    });
    expect(answer.status).toBe(401);
  });

  it.each([
    ['GET', '/api/session'],
    ['GET', '/api/files'],
    ['GET', `/api/files/${'0'.repeat(32)}`],
    ['DELETE', `/api/files/${'0'.repeat(32)}`],
    ['DELETE', '/api/account'],
  ])('is needed for %s %s', async (method, path) => {
    const answer = await visitor().request(method, path);
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({
      statusCode: 401,
      code: 'NOT_SIGNED_IN',
    });
  });
});

describe('deleting the account', () => {
  it('erases the files, the user and the session, and counts the files', async () => {
    const dora = await Visitor.signedIn(drive.url, 'dora');
    await dora.store('1', 'one.txt');
    await dora.store('2', 'two.txt');
    const earlier = dora.copy();
    const answer = await dora.delete('/api/account');
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ files: 2 });
    expect((await dora.get('/api/session')).status).toBe(401);
    expect((await earlier.get('/api/files')).status).toBe(401);
  });

  it('leaves nothing that an old cookie, or a new account of that name, could see', async () => {
    const first = await Visitor.signedIn(drive.url, 'erik');
    const { filename } = await first.store('secret', 'old.txt');
    const old = first.copy();
    await first.delete('/api/account');
    const second = await Visitor.signedIn(drive.url, 'erik');
    expect(await second.list()).toEqual([]);
    expect((await second.get(`/api/files/${filename}`)).status).toBe(404);
    expect((await old.get('/api/session')).status).toBe(401);
  });

  it('leaves nothing of the key in the database file', async () => {
    const ida = await Visitor.signedIn(drive.url, 'ida');
    await ida.store('x', 'x.txt');
    const value = await tokenOf('ida');
    expect(await databaseFiles()).toContain(value);
    await ida.delete('/api/account');
    expect(await databaseFiles()).not.toContain(value);
  });

  it('leaves the files of others alone', async () => {
    const [gus, hal] = await Promise.all(
      ['gus', 'hal'].map((name) => Visitor.signedIn(drive.url, name)),
    );
    const kept = await hal?.store('kept', 'kept.txt');
    await gus?.store('x', 'x.txt');
    await gus?.delete('/api/account');
    const answer = await hal?.get(`/api/files/${kept?.filename}`);
    expect(answer?.bytes.toString()).toBe('kept');
  });
});

/** The wrapped key of a user, as the database has it. */
async function tokenOf(name: string): Promise<string> {
  const database = await new DataSource({
    type: 'better-sqlite3',
    database: join(drive.folder, 'drive.sqlite'),
    readonly: true,
  }).initialize();
  const rows: { value: string }[] = await database.query(
    'SELECT value FROM tokens JOIN users ON users.id = tokens.userId WHERE name = ?',
    [name],
  );
  await database.destroy();
  const [row, ...others] = rows;
  if (!row || others.length > 0) throw new Error(`${rows.length} tokens`);
  return row.value;
}

/** The bytes of the database, and of what SQLite keeps beside it. */
async function databaseFiles(): Promise<string> {
  const names = await readdir(drive.folder);
  const files = names.filter((name) => name.startsWith('drive.sqlite'));
  const bytes = await Promise.all(
    files.map((name) => readFile(join(drive.folder, name), 'latin1')),
  );
  return bytes.join('');
}
