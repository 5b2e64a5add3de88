import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS, damage } from '../download/download-server.js';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { type Received, receive, type Sending } from '../e2e/http-client.js';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import {
  changed,
  EXPRESS_PATHS,
  PATHS,
  QUERIES,
  Queried,
  Wild,
} from './bad-secrets.js';
import {
  codeOf,
  leaseOf,
  type LinkServer,
  type Shared,
  useLinkServer,
} from './link-server.js';
import { Statements } from './statements.js';

const CONTENT = randomBytes(1000);

// D-26
describe.each(ADAPTERS)(
  'a secret that opens nothing, with %s,',
  (adapter, parts) => {
    const isExpress = adapter === 'Express';
    const statements = new Statements();
    const server = useLinkServer({
      ...parts,
      controllers: isExpress ? [Queried, Wild] : [Queried],
      database: async () => ({
        type: 'better-sqlite3',
        database: ':memory:',
        entities: Object.values(LINKED_ENTITIES),
        synchronize: true,
        logging: true,
        logger: statements,
      }),
    });
    let good: Shared;
    let wanted: readonly unknown[] = [];
    beforeAll(async () => {
      good = await server.share(CONTENT, { maxDownloads: 9 });
      const unknown = randomBytes(32).toString('base64url');
      const refused = await receive(`${server.running.url}/links/${unknown}`);
      wanted = outside(refused);
    });

    it('as an unknown one is LINK_INVALID', () => {
      expect(wanted).toEqual([
        404,
        expect.objectContaining({ 'referrer-policy': 'no-referrer' }),
        expect.stringContaining('"code":"LINK_INVALID"'),
      ]);
    });

    const paths = isExpress ? [...PATHS, ...EXPRESS_PATHS] : PATHS;

    it.each(paths)('as %s is like any other, and no query', async (_, path) => {
      statements.clear();
      await expectRefused(`${server.running.url}/${path(good.secret)}`);
      expect(statements.text).toBe('');
    });

    it.each(QUERIES)(
      'as %s in a query is like any other, and no query of the database',
      async (_, path) => {
        statements.clear();
        const url = `${server.running.url}/${path(good.secret)}`;
        for (const sending of [GET, POST]) {
          const { status, body } = await receive(url, sending);
          expect([status, body.toString()]).toEqual([wanted[0], wanted[2]]);
        }
        expect(statements.text).toBe('');
      },
    );

    it.each<[string, () => string | Promise<string>]>([
      ['one letter changed', () => changed(good.secret)],
      ['the hash of a good one', async () => (await server.row(good.id)).hash],
      ['one that was revoked', async () => revoked(server)],
      ['one of a file that was removed', async () => removed(server)],
      ['one of a file that is being removed', async () => orphaned(server)],
    ])('as %s is like any other, and no write', async (_, make) => {
      const secret = await make();
      statements.clear();
      await expectRefused(`${server.running.url}/links/${secret}`);
      expect(statements.count).toBeGreaterThan(0);
      expect(statements.writes).toEqual([]);
    });

    it('is another than one that is over', async () => {
      const { secret } = await server.links.create(good.filename, OWNER, {
        expiresIn: 1,
      });
      const url = `${server.running.url}/links/${secret}`;
      await eventually(async () => {
        expect((await receive(url)).status).toBe(410);
      });
      const spent = await server.link(good.filename);
      expect((await receive(spent.url, POST)).status).toBe(201);
      statements.clear();
      for (const sending of [GET, POST]) {
        expect(codeOf(await receive(url, sending))).toBe('LINK_EXPIRED');
        const answer = await receive(spent.url, sending);
        expect([answer.status, codeOf(answer)]).toEqual([410, 'LINK_SPENT']);
      }
    });

    async function expectRefused(url: string): Promise<void> {
      for (const sending of [GET, POST, WITH_PASSWORD]) {
        expect(outside(await receive(url, sending))).toEqual(wanted);
      }
      const head = await receive(url, { method: 'HEAD' });
      expect([head.status, head.body.length]).toEqual([404, 0]);
    }
  },
);

// D-26
describe('what a link keeps to itself', () => {
  const statements = new Statements();
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'links-database-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const server = useLinkServer({
    database: async () => ({
      type: 'better-sqlite3',
      database: join(folder, 'links.sqlite'),
      entities: Object.values(LINKED_ENTITIES),
      synchronize: true,
      logging: true,
      logger: statements,
    }),
  });

  it('is in no file of the database, no statement, no line of the log and no body', async () => {
    const password = `mauve-${randomBytes(9).toString('hex')}`;
    const guess = `beige-${randomBytes(9).toString('hex')}`;
    const shared = await server.share(CONTENT, { password, maxDownloads: 2 });
    const { url, secret } = shared;
    const bodies: Buffer[] = [];
    const ask = async (sending: Sending, status: number): Promise<Received> => {
      const answer = await receive(url, sending);
      expect(answer.status).toBe(status);
      bodies.push(answer.body);
      return answer;
    };
    const guessing: Sending = { method: 'POST', json: { password: guess } };
    const telling: Sending = { method: 'POST', json: { password } };
    await ask(GET, 200);
    await ask(POST, 403);
    await ask(guessing, 403);
    const leases = [leaseOf(await ask(telling, 201))];
    const headers = { Cookie: leases[0] ?? '', Range: 'bytes=500-' };
    await ask({ headers }, 206);
    leases.push(leaseOf(await ask(telling, 201)));
    await ask(telling, 410);
    await ask({ ...telling, headers: { Cookie: leases[1] ?? '' } }, 410);

    const locked = await server.link(shared.filename, { password });
    await server.source.getRepository(LINKED_ENTITIES.link).update(locked.id, {
      attempts: 9,
      attemptsUntil: Date.now() + 600_000,
    });
    await expectStatus(receive(locked.url, guessing), 403);
    const refused = await receive(locked.url, telling);
    expect([refused.status, codeOf(refused)]).toEqual([429, 'LINK_LOCKED']);
    bodies.push(refused.body);

    const damaged = await server.share(CONTENT, { password });
    await damage(server.running, damaged.filename, -1);
    bodies.push((await expectStatus(receive(damaged.url, telling), 500)).body);

    const database = await contents(folder);
    const { tableName } = server.source.getMetadata(LINKED_ENTITIES.link);
    await server.source.query(`DROP TABLE "${tableName}"`);
    for (const sending of [GET, telling]) await ask(sending, 500);

    const places = [
      ...database,
      ...(await contents(folder)),
      ...bodies,
      Buffer.from(statements.text),
      Buffer.from(server.running.log.text),
    ];
    expect(server.running.log.errors.length).toBeGreaterThanOrEqual(3);
    const tokens = leases.map((pair) => pair.split('=')[1] ?? '');
    const secrets = [secret, locked.secret, damaged.secret, ...tokens];
    for (const token of secrets) expect(token).toHaveLength(43);
    const words = [...secrets.flatMap(spellings), password, guess];
    const found = words.filter((word) =>
      places.some((bytes) => bytes.includes(word)),
    );
    expect(found).toEqual([]);
    // The search does find what is there.
    for (const place of [...database, Buffer.from(statements.text)]) {
      expect(place.includes(shared.filename)).toBe(true);
    }
  });
});

// D-26
describe.each(ADAPTERS)('each answer of a link, with %s,', (_, parts) => {
  const server = useLinkServer(parts);

  it('is kept by nobody, and its address is told to nobody', async () => {
    const { url } = await server.share(CONTENT);
    const bad = `${server.running.url}/links/${'A'.repeat(43)}`;
    const answers: [number, Received][] = [
      [200, await receive(url)],
      [200, await receive(url, { method: 'HEAD' })],
      [201, await receive(url, POST)],
      [410, await receive(url, POST)],
      [410, await receive(url)],
      [404, await receive(bad)],
      [404, await receive(bad, POST)],
    ];
    for (const [status, answer] of answers) {
      expect(answer.status).toBe(status);
      expect(answer.headers['referrer-policy']).toBe('no-referrer');
      expect(answer.headers['cache-control']).toMatch(/\bno-store\b/);
    }
  });
});

const GET: Sending = { method: 'GET' };
const POST: Sending = { method: 'POST' };
const WITH_PASSWORD: Sending = { method: 'POST', json: { password: 'a' } };

/** All that a client sees of a refusal, but the moment. */
function outside({ status, headers, body }: Received): readonly unknown[] {
  const { date: _, ...rest } = headers;
  return [status, rest, body.toString()];
}

async function revoked(server: LinkServer): Promise<string> {
  const { id, secret } = await server.share(CONTENT);
  await server.links.revoke(id, OWNER);
  return secret;
}

async function removed(server: LinkServer): Promise<string> {
  const { filename, secret } = await server.share(CONTENT);
  await server.running.encryption.remove(filename, OWNER);
  return secret;
}

/** The file's row is gone, and the link's is still there. */
async function orphaned(server: LinkServer): Promise<string> {
  const { filename, secret } = await server.share(CONTENT);
  await server.source.getRepository(LINKED_ENTITIES.file).delete({ filename });
  return secret;
}

async function expectStatus(
  answer: Promise<Received>,
  status: number,
): Promise<Received> {
  const received = await answer;
  expect(received.status).toBe(status);
  return received;
}

function spellings(token: string): (string | Buffer)[] {
  const bytes = Buffer.from(token, 'base64url');
  return [token, bytes, bytes.toString('hex'), bytes.toString('base64')];
}

async function contents(folder: string): Promise<Buffer[]> {
  const names = await readdir(folder);
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}
