import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Drive, useSample } from './drive.js';
import { outcomeOf } from './link-answers.js';
import { type FileEntry, Visitor } from './visitor.js';

const HOUR = { expiresIn: 3600 };

const sample = useSample();
let drive: Drive;
let alice: Visitor;
let bob: Visitor;
let file: FileEntry;
let visits = 0;

beforeAll(async () => {
  drive = await sample.open();
});
beforeEach(async () => {
  visits += 1;
  alice = await Visitor.signedIn(drive.url, `alice ${visits}`);
  bob = await Visitor.signedIn(drive.url, `bob ${visits}`);
  file = await alice.store('for your eyes', 'letter.txt');
});

const linksOf = ({ filename }: FileEntry) => `/api/files/${filename}/links`;

describe('making a link', () => {
  it('is answered with its URL, which tells the secret', async () => {
    const before = Date.now();
    const answer = await alice.post(linksOf(file), {
      expiresIn: 3600,
      maxDownloads: 3,
    });
    const after = Date.now();
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toContain('no-store');
    const link = answer.json() as { url: string; expiresAt: string };
    expect(link).toEqual({
      id: expect.any(Number) as number,
      url: expect.stringMatching(/^http:\/\/[^/]+\/d\/[\w-]{43}$/) as string,
      expiresAt: expect.any(String) as string,
      maxDownloads: 3,
    });
    expect(new URL(link.url).origin).toBe(drive.url);
    const expiresAt = Date.parse(link.expiresAt);
    expect(new Date(expiresAt).toISOString()).toBe(link.expiresAt);
    expect(expiresAt).toBeGreaterThanOrEqual(before + 3_600_000);
    expect(expiresAt).toBeLessThanOrEqual(after + 3_600_000);
  });

  it('makes a link for one download when nothing else is said', async () => {
    const answer = await alice.post(linksOf(file), HOUR);
    expect(answer.json()).toMatchObject({ maxDownloads: 1 });
  });

  it('names the address that is configured', async () => {
    const PUBLIC_URL = 'https://drive.example/at/home/';
    const other = await sample.open({ PUBLIC_URL });
    const carol = await Visitor.signedIn(other.url, 'carol');
    const answer = await carol.post(
      linksOf(await carol.store('x', 'x.txt')),
      HOUR,
    );
    expect(answer.json()).toMatchObject({
      url: expect.stringMatching(
        /^https:\/\/drive\.example\/at\/home\/d\/[\w-]{43}$/,
      ) as string,
    });
  });

  it.each([
    ['no expiry', {}],
    ['an expiry in words', { expiresIn: '3600' }],
    ['an expiry of nothing', { expiresIn: 0 }],
    ['an expiry in the past', { expiresIn: -1 }],
    ['an expiry of more than ten years', { expiresIn: 4e8 }],
    ['no download', { ...HOUR, maxDownloads: 0 }],
    ['half a download', { ...HOUR, maxDownloads: 1.5 }],
    ['downloads in words', { ...HOUR, maxDownloads: '1' }],
    ['too many downloads', { ...HOUR, maxDownloads: 1_000_001 }],
    ['an empty password', { ...HOUR, password: '' }],
    ['a password that is no text', { ...HOUR, password: 7 }],
    ['a password that is too long', { ...HOUR, password: 'é'.repeat(513) }],
    ['a list', [HOUR]],
  ])('is refused with %s, and makes none', async (_what, options) => {
    const answer = await alice.post(linksOf(file), options);
    expect(outcomeOf(answer)).toBe('400 LINK_OPTIONS');
    expect((await alice.get(linksOf(file))).json()).toEqual([]);
  });

  it('is refused to a form, as other sites can send it', async () => {
    const body = new URLSearchParams({ expiresIn: '3600' });
    const answer = await alice.request('POST', linksOf(file), { body });
    expect(outcomeOf(answer)).toBe('400 LINK_OPTIONS');
  });

  it.each(['POST', 'GET'])(
    'and listing them finds no file of others: %s',
    async (method) => {
      for (const filename of [file.filename, '0'.repeat(32), 'x']) {
        const answer = await bob.request(
          method,
          `/api/files/${filename}/links`,
          method === 'POST'
            ? {
                body: JSON.stringify(HOUR),
                headers: { 'content-type': 'application/json' },
              }
            : {},
        );
        expect(outcomeOf(answer)).toBe('404 FILE_NOT_FOUND');
      }
    },
  );
});

describe('the list of links', () => {
  it('has the newest first, their state, and no secret', async () => {
    const first = await alice.share(file, { maxDownloads: 2 });
    const second = await alice.share(file, { password: 'sesame' });
    await new Visitor(drive.url).post(first.path, {});
    const answer = await alice.get(linksOf(file));
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject([
      { id: second.id, state: 'active', remaining: 1, needsPassword: true },
      { id: first.id, state: 'active', remaining: 1, needsPassword: false },
    ]);
    const text = answer.bytes.toString();
    for (const { secret } of [first, second])
      expect(text).not.toContain(secret);
    expect(text).not.toMatch(/hash|terms|owner|lease|sesame/i);
  });

  it('tells which are used up and which have expired', async () => {
    const spent = await alice.share(file);
    const expired = await alice.share(file, { expiresIn: 1 });
    await new Visitor(drive.url).post(spent.path, {});
    await expect
      .poll(async () => (await alice.get(linksOf(file))).json(), {
        timeout: 20_000,
      })
      .toMatchObject([
        { id: expired.id, state: 'expired' },
        { id: spent.id, state: 'spent', remaining: 0 },
      ]);
  });

  it('is empty for a file without links', async () => {
    await alice.share(file);
    const other = await alice.store('y', 'y.txt');
    expect((await alice.get(linksOf(other))).json()).toEqual([]);
  });
});

describe('a session', () => {
  it.each([
    ['POST', '/api/files/x/links'],
    ['GET', '/api/files/x/links'],
    ['DELETE', '/api/links/1'],
    ['GET', '/api/files.zip'],
  ])('is needed for %s %s', async (method, path) => {
    const answer = await new Visitor(drive.url).request(method, path);
    expect(outcomeOf(answer)).toBe('401 NOT_SIGNED_IN');
  });
});

describe('revoking a link', () => {
  it('ends it, as if it had never been there', async () => {
    const { id, path } = await alice.share(file);
    const answer = await alice.delete(`/api/links/${id}`);
    expect(answer.status).toBe(204);
    expect(answer.bytes).toHaveLength(0);
    expect((await alice.get(linksOf(file))).json()).toEqual([]);
    const visitor = new Visitor(drive.url);
    expect(outcomeOf(await visitor.get(path))).toBe('404 page');
    expect(outcomeOf(await visitor.post(path, {}))).toBe('404 LINK_INVALID');
    expect(outcomeOf(await alice.delete(`/api/links/${id}`))).toBe(
      '404 LINK_INVALID',
    );
  });

  it('finds no link of others', async () => {
    const { id, path } = await alice.share(file);
    expect(outcomeOf(await bob.delete(`/api/links/${id}`))).toBe(
      '404 LINK_INVALID',
    );
    expect((await new Visitor(drive.url).post(path, {})).status).toBe(200);
  });

  it.each(['x', '1.5', '-1', '0', '99999999999', '9'.repeat(30), '1e3'])(
    'finds none of the id %s',
    async (id) => {
      const answer = await alice.delete(`/api/links/${id}`);
      expect(outcomeOf(answer)).toBe('404 LINK_INVALID');
    },
  );

  it('is done by deleting the file, and by deleting the account', async () => {
    const visitor = new Visitor(drive.url);
    const { path } = await alice.share(file);
    await alice.delete(`/api/files/${file.filename}`);
    expect(outcomeOf(await visitor.get(path))).toBe('404 page');
    const last = await alice.share(await alice.store('z', 'z.txt'));
    expect(outcomeOf(await visitor.get(last.path))).toBe('200 page');
    await alice.delete('/api/account');
    expect(outcomeOf(await visitor.get(last.path))).toBe('404 page');
  });
});
