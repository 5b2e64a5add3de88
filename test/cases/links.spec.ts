import { createHash, randomBytes } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS } from '../download/download-server.js';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { type Received, receive, type Sending } from '../e2e/http-client.js';
import { Links } from '../e2e/linked-documents.js';
import { changed, Queried } from '../links/bad-secrets.js';
import {
  codeOf,
  linkServerOf,
  type LinkServer,
  type Shared,
  type ShareOptions,
} from '../links/link-server.js';
import { VISITS } from '../links/visits.js';
import { type CaseApp, useCaseApp } from './case-app.js';
import { useCountedApp } from './counted-app.js';
import { GatheringKeys } from './gathering-keys.js';

const GET: Sending = { method: 'GET' };
const POST: Sending = { method: 'POST' };
const SIZE = 200_000;

// D-24
describe.each(ADAPTERS)('a link for one download, with %s,', (_, parts) => {
  const { app, take } = useCountedApp({ ...parts, controllers: [Links] });

  it('is used by the confirmed download, and by no visit before it', async () => {
    const links = linkServerOf(app.running);
    const content = app.content(SIZE);
    const { id, url } = await share(app, { content });
    const before = await links.row(id);
    take();
    for (const [visit, sending] of VISITS) {
      const { status, headers, body } = await receive(url, sending);
      expect([visit, status]).toEqual([visit, 200]);
      expect(headers['content-type']).toMatch(/^application\/json/);
      expect(headers['set-cookie']).toBeUndefined();
      expect(body.length).toBeLessThan(1000);
      expect([visit, await links.row(id)]).toEqual([visit, before]);
      expect([visit, take()]).toEqual([visit, []]);
    }
    const file = await receive(url, POST);
    expect([file.status, file.broken]).toEqual([201, false]);
    expect(file.body.equals(content)).toBe(true);
    expect(take()).not.toEqual([]);
    const again = await receive(url, POST);
    expect([again.status, codeOf(again)]).toEqual([410, 'LINK_SPENT']);
    expect(take()).toEqual([]);
    expect(await links.row(id)).toMatchObject({ remaining: 0 });
  });
});

// D-25
describe.each(ADAPTERS)('twenty who redeem a link, with %s,', (_, parts) => {
  const key = randomBytes(32);
  const keys = new GatheringKeys(key);
  const options = { globalKey: keys };
  const app = useCaseApp({ ...parts, controllers: [Links], options }, key);

  it.each([1, 3])('get %d copies in one application', async (copies) => {
    const seen = await redeemAtOnce([app.running.url], copies);
    expect(seen).toEqual(fair(copies));
  });

  it.each([1, 3])('get %d copies in two on one database', async (copies) => {
    await using other = await app.another({});
    const seen = await redeemAtOnce([app.running.url, other.url], copies);
    expect(seen).toEqual(fair(copies));
  });

  /** @returns how many got the file, what the others got, and what is left. */
  async function redeemAtOnce(urls: readonly string[], maxDownloads: number) {
    const content = app.content(SIZE);
    const { id, secret } = await share(app, { content, maxDownloads });
    keys.gather(20);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (__, index) =>
        receive(`${urls[index % urls.length]}/links/${secret}`, POST),
      ),
    );
    const refused = answers.filter(({ status }) => status !== 201);
    const { remaining } = await linkServerOf(app.running).row(id);
    return {
      copies: answers.filter(({ body }) => body.equals(content)).length,
      refused: refused.map((one) => `${one.status} ${String(codeOf(one))}`),
      remaining,
    };
  }
});

/** As many as there are, and the same answer for all others. */
function fair(copies: number): object {
  const refused = Array<string>(20 - copies).fill('410 LINK_SPENT');
  return { copies, refused, remaining: 0 };
}

/** Where a token is sent: as a part of the path, and in a query. */
const BAD: readonly (readonly [
  what: string,
  path: (good: string) => string,
])[] = [
  ['nothing', () => 'queried?t='],
  ['one letter', () => 'links/x'],
  ['one letter in a query', () => 'queried?t=x'],
  ['43 letters €', () => `links/${encodeURIComponent('€'.repeat(43))}`],
  ['43 letters € in a query', () => `queried?t=${'%E2%82%AC'.repeat(43)}`],
  ['10 KB', () => `queried?t=${'A'.repeat(10_000)}`],
  ['two values', () => 'queried?t=a&t=b'],
  ['two values, a good one', (good) => `queried?t=${good}&t=b`],
  ['one letter changed', (good) => `links/${changed(good)}`],
  ['one letter changed in a query', (good) => `queried?t=${changed(good)}`],
];

// D-26
describe.each(ADAPTERS)('a token, with %s,', (_, parts) => {
  const app = useCaseApp({ ...parts, controllers: [Links, Queried] });
  let links: LinkServer;
  beforeAll(() => {
    links = linkServerOf(app.running);
  });

  it.each(BAD)('that is %s is answered as any bad one is', async (__, path) => {
    const good = await share(app);
    const unknown = randomBytes(32).toString('base64url');
    const wanted = outside(
      await receive(`${app.running.url}/links/${unknown}`),
    );
    expect(wanted).toEqual([404, expect.stringContaining('LINK_INVALID')]);
    for (const sending of [GET, POST]) {
      const url = `${app.running.url}/${path(good.secret)}`;
      expect(outside(await receive(url, sending))).toEqual(wanted);
    }
    expect(await links.row(good.id)).toMatchObject({ remaining: 1 });
  });

  it('of a link that is over says so, as it is documented', async () => {
    const used = await share(app);
    expect((await receive(used.url, POST)).status).toBe(201);
    const { secret } = await links.links.create(used.filename, OWNER, {
      expiresIn: 1,
    });
    app.keepSecret(secret);
    const expired = `${app.running.url}/links/${secret}`;
    await eventually(async () => {
      expect((await receive(expired)).status).toBe(410);
    });
    for (const sending of [GET, POST]) {
      const one = await receive(used.url, sending);
      expect([one.status, codeOf(one)]).toEqual([410, 'LINK_SPENT']);
      const other = await receive(expired, sending);
      expect([other.status, codeOf(other)]).toEqual([410, 'LINK_EXPIRED']);
    }
  });

  it('is found in no file and no answer; its hash is in the database', async () => {
    const { id, url, secret } = await share(app);
    const answers = [
      await receive(url),
      await receive(url, { method: 'HEAD' }),
      await receive(url, POST),
      await receive(url, POST),
      await receive(`${app.running.url}/links/${changed(secret)}`, POST),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      200, 200, 201, 410, 404,
    ]);
    for (const { headers, body } of answers) {
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['cache-control']).toMatch(/\bno-store\b/);
      expect(body.includes(secret)).toBe(false);
    }
    const { hash } = await links.row(id);
    expect(hash).toBe(createHash('sha256').update(secret).digest('base64url'));
    const database = await filesOf(app);
    expect(database.some((bytes) => bytes.includes(hash))).toBe(true);
    const raw = Buffer.from(secret, 'base64url');
    for (const form of [
      secret,
      raw,
      raw.toString('hex'),
      raw.toString('base64'),
    ]) {
      expect(database.filter((bytes) => bytes.includes(form))).toEqual([]);
      expect(app.running.log.text.includes(String(form))).toBe(false);
    }
  });
});

/** A link to a new file, whose token is looked for after the test. */
async function share(
  app: CaseApp,
  {
    content = app.content(1000),
    ...options
  }: ShareOptions & { readonly content?: Buffer } = {},
): Promise<Shared> {
  const shared = await linkServerOf(app.running).share(content, options);
  app.keepSecret(shared.secret);
  return shared;
}

/** All that a client sees of a refusal. */
function outside({ status, body }: Received): readonly unknown[] {
  return [status, body.toString()];
}

/** What is in the files of the database. */
async function filesOf({ running }: CaseApp): Promise<Buffer[]> {
  const names = await readdir(running.folder);
  const own = names.filter((name) => name.startsWith('database.sqlite'));
  return Promise.all(own.map((name) => readFile(join(running.folder, name))));
}
