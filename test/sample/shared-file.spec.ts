import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Drive, useSample } from './drive.js';
import { BROWSER, outcomeOf, expectPage, formsIn } from './link-answers.js';
import { type FileEntry, Visitor } from './visitor.js';

const CONTENT = 'for your eyes';
const PASSWORD = 'open sesame é';

const sample = useSample();
let drive: Drive;
let alice: Visitor;
let visitor: Visitor;
let file: FileEntry;

beforeAll(async () => {
  drive = await sample.open();
  alice = await Visitor.signedIn(drive.url, 'alice');
  file = await alice.store(CONTENT, 'letter.txt');
});
beforeEach(() => {
  visitor = new Visitor(drive.url);
});

/** Sends the form of a link's page as a browser does. */
function sendForm(path: string, fields: Record<string, string> = {}) {
  return visitor.request('POST', path, {
    body: new URLSearchParams(fields),
    headers: BROWSER,
  });
}

describe('a visit to a link', () => {
  it('shows name, size, expiry and one button', async () => {
    const { path, expiresAt } = await alice.share(file);
    const page = expectPage(await visitor.get(path), 200);
    expect(page).toContain('letter.txt');
    expect(page).toContain('13 bytes');
    expect(page).toContain(`datetime="${expiresAt}"`);
    expect(formsIn(page)).toBe(1);
    expect(page.match(/<button/g)).toHaveLength(1);
    expect(page).not.toContain('<input');
    expect(page).not.toContain(CONTENT);
  });

  it('shows a name as text, whatever it is', async () => {
    const name = `<img src=x onerror="alert(1)"> & 'quoted' 報告.txt`;
    const stored = await alice.store('x', name);
    const { path } = await alice.share(stored);
    const page = expectPage(await visitor.get(path), 200);
    expect(page).toContain('&#39;quoted&#39; 報告.txt');
    expect(page.match(/<img/g)).toHaveLength(1);
  });

  it('uses nothing up, whoever visits and how', async () => {
    const { path } = await alice.share(file);
    const visits: [string, Record<string, string>][] = [
      ['HEAD', {}],
      ['GET', { range: 'bytes=0-' }],
      ['GET', { 'sec-purpose': 'prefetch' }],
      ['GET', { 'user-agent': 'Slackbot-LinkExpanding 1.0' }],
      ['GET', BROWSER],
    ];
    for (const [method, headers] of visits) {
      const answer = await visitor.request(method, path, { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    }
    expect((await visitor.post(path, {})).bytes.toString()).toBe(CONTENT);
  });

  it.each([
    ['a space', ' '],
    ['one letter', 'x'],
    ['as many letters as a secret has', 'A'.repeat(43)],
    ['as many letters of another alphabet', 'é'.repeat(43)],
    ['many letters', 'a'.repeat(5000)],
  ])(
    'to a link that never was is answered with a page: %s',
    async (_what, secret) => {
      const path = `/d/${encodeURIComponent(secret)}`;
      const page = expectPage(await visitor.get(path), 404);
      expect(formsIn(page)).toBe(0);
      expect(outcomeOf(await visitor.post(path, {}))).toBe('404 LINK_INVALID');
      expect(outcomeOf(await sendForm(path))).toBe('404 page');
    },
  );

  it('to an expired link is answered with 410', async () => {
    const { path } = await alice.share(file, { expiresIn: 1 });
    await expect
      .poll(async () => (await visitor.get(path)).status, { timeout: 20_000 })
      .toBe(410);
    const page = expectPage(await visitor.get(path), 410);
    expect(page).toContain('expired');
    expect(formsIn(page)).toBe(0);
    expect(outcomeOf(await visitor.post(path, {}))).toBe('410 LINK_EXPIRED');
  });
});

describe('the button of a link', () => {
  it.each([
    ['a form', (path: string) => sendForm(path)],
    ['JSON', (path: string) => visitor.post(path, {})],
    ['nothing', (path: string) => visitor.request('POST', path)],
  ])('sends the file, once: %s', async (_what, send) => {
    const { path } = await alice.share(file);
    const answer = await send(path);
    expect(answer.status).toBe(200);
    expect(answer.bytes.toString()).toBe(CONTENT);
    const { headers } = answer;
    expect(headers.get('content-length')).toBe(String(CONTENT.length));
    expect(headers.get('content-disposition')).toBe(
      'attachment; filename=letter.txt',
    );
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(outcomeOf(await visitor.post(path, {}))).toBe('410 LINK_SPENT');
    expect(expectPage(await sendForm(path), 410)).toContain('used up');
    expect(expectPage(await visitor.get(path), 410)).toContain('used up');
  });

  it('sends the file as often as the link allows', async () => {
    const { path } = await alice.share(file, { maxDownloads: 3 });
    const answers = [];
    for (let count = 0; count < 5; count += 1) {
      answers.push((await new Visitor(drive.url).post(path, {})).status);
    }
    expect(answers).toEqual([200, 200, 200, 410, 410]);
  });

  it('gives a cookie with which the transfer can be resumed', async () => {
    const { id, path } = await alice.share(file);
    const answer = await visitor.post(path, {});
    const [cookie, ...others] = answer.headers.getSetCookie();
    expect(others).toEqual([]);
    expect(cookie).toMatch(new RegExp(`^download-link-${id}=`));
    expect(cookie).toMatch(/; httponly/i);
    expect(cookie).toMatch(/; samesite=strict/i);
    const headers = { range: 'bytes=4-' };
    const rest = await visitor.request('GET', path, { headers });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe('bytes 4-12/13');
    expect(rest.bytes.toString()).toBe(CONTENT.slice(4));
    const stranger = new Visitor(drive.url);
    expect(outcomeOf(await stranger.request('GET', path, { headers }))).toBe(
      '410 page',
    );
    expect(outcomeOf(await visitor.get(path))).toBe('410 page');
  });
});

describe('a link with a password', () => {
  it('asks for it, and shows what it leads to', async () => {
    const { path } = await alice.share(file, { password: PASSWORD });
    const page = expectPage(await visitor.get(path), 200);
    expect(page).toContain('letter.txt');
    expect(page).toMatch(/<input[^>]* type="password"/);
    expect(page).not.toContain('role="alert"');
  });

  it('sends the file to who knows it, by form or JSON', async () => {
    const { path } = await alice.share(file, {
      password: PASSWORD,
      maxDownloads: 2,
    });
    const password = PASSWORD;
    expect((await sendForm(path, { password })).bytes.toString()).toBe(CONTENT);
    const answer = await new Visitor(drive.url).post(path, { password });
    expect(answer.bytes.toString()).toBe(CONTENT);
  });

  it('asks again, with words, when the password is wrong or missing', async () => {
    const { path } = await alice.share(file, { password: PASSWORD });
    const pages = [
      await sendForm(path, { password: '<b>wrong' }),
      await sendForm(path, { password: '' }),
      await sendForm(path),
    ].map((answer) => expectPage(answer, 403));
    for (const page of pages) {
      expect(page).toMatch(/<input[^>]* type="password"/);
      expect(page).toContain('role="alert"');
      expect(page).not.toContain('wrong');
    }
    expect(pages[0]).toContain('not the password');
    expect(pages[1]).toContain('is needed');
    for (const body of [{ password: 'wrong' }, {}, { password: [PASSWORD] }]) {
      expect(outcomeOf(await visitor.post(path, body))).toBe(
        '403 LINK_PASSWORD',
      );
    }
    expect((await sendForm(path, { password: PASSWORD })).status).toBe(200);
  });

  it('is locked for a while after ten wrong ones', async () => {
    const { path } = await alice.share(file, { password: PASSWORD });
    for (let count = 0; count < 10; count += 1) {
      expect((await visitor.post(path, { password: 'no' })).status).toBe(403);
    }
    const right = { password: PASSWORD };
    expect(outcomeOf(await visitor.post(path, right))).toBe('429 LINK_LOCKED');
    const page = expectPage(await sendForm(path, right), 429);
    expect(page).toContain('Too many wrong passwords');
  });
});

describe('a file that cannot be sent', () => {
  it('is answered with a page, which tells only where the log has more', async () => {
    const stored = await alice.store('y'.repeat(1000), 'damaged.txt');
    const { path, secret } = await alice.share(stored);
    await damage(stored);
    const page = expectPage(await sendForm(path), 500);
    const [reference] = /[0-9a-f-]{36}/.exec(page) ?? ['missing'];
    expect(drive.printed()).toContain(reference);
    expect(page).not.toMatch(/damaged|integrity|segment/i);
    expect(outcomeOf(await visitor.post(path, {}))).toBe('500 INTERNAL_ERROR');
    expect(drive.printed()).not.toContain(secret);
    expect(outcomeOf(await visitor.get(path))).toBe('200 page');
  });
});

/** Changes the end of a file's container. */
async function damage({ filename }: FileEntry): Promise<void> {
  const files = join(drive.folder, 'files');
  const entries = await readdir(files, { recursive: true });
  const entry = entries.find((one) => one.endsWith(filename)) ?? '';
  const content = await readFile(join(files, entry));
  content.fill(0, content.length - 8);
  await writeFile(join(files, entry), content);
}

describe('the log', () => {
  it('holds neither secrets nor passwords nor names', async () => {
    const { path, secret } = await alice.share(file, { password: PASSWORD });
    await visitor.get(path);
    await sendForm(path, { password: 'a wrong guess' });
    await sendForm(path, { password: PASSWORD });
    await sendForm(path, { password: PASSWORD });
    await visitor.get(`${path}x`);
    expect(drive.printed()).toContain('The drive is open');
    for (const word of [secret, PASSWORD, 'a wrong guess', 'letter.txt']) {
      expect(drive.printed()).not.toContain(word);
    }
  });
});
