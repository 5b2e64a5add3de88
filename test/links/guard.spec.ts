import {
  All,
  Controller,
  Get,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import {
  DownloadInterceptor,
  DownloadLinkGuard,
  type EncryptedFile,
  FileEncryptorExceptionFilter,
  LinkedFile,
} from 'nestjs-file-encryptor';
import { OWNER } from '../e2e/documents.js';
import { type Received, receive, type Sending } from '../e2e/http-client.js';
import { codeOf, leaseOf, useLinkServer } from './link-server.js';

const CONTENT = Buffer.from('0123456789'.repeat(20_000));
const POST: Sending = { method: 'POST' };
const HOUR = 3_600_000;

/** What a handler gets, and routes that are not as they should be. */
@Controller('odd')
@UseFilters(FileEncryptorExceptionFilter)
export class OddRoutes {
  @All('open/:secret')
  @UseGuards(DownloadLinkGuard)
  handed(@LinkedFile() file: EncryptedFile | undefined) {
    return { handed: file?.name ?? 'nothing' };
  }

  @Get('nameless/:token')
  @UseGuards(DownloadLinkGuard)
  nameless() {
    return {};
  }

  @Get('unguarded/:secret')
  @UseInterceptors(DownloadInterceptor)
  unguarded(@LinkedFile() file: EncryptedFile | undefined) {
    return file ?? {};
  }
}

/** Without our filter. */
@Controller('bare')
class BareRoutes {
  @All(':secret')
  @UseGuards(DownloadLinkGuard)
  handed(@LinkedFile() file: EncryptedFile | undefined) {
    return { handed: file?.name };
  }
}

/** Both adapters, behind a proxy that they believe. */
const ADAPTERS = [
  [
    'Express',
    () => {
      const adapter = new ExpressAdapter();
      adapter.set('trust proxy', 'loopback');
      return adapter;
    },
  ],
  ['Fastify', () => new FastifyAdapter({ trustProxy: true })],
] as const;

const get = (url: string, cookie: string, range?: string) =>
  receive(url, {
    headers: { Cookie: cookie, ...(range !== undefined && { Range: range }) },
  });
const statusOf = (answer: Received) => [answer.status, codeOf(answer)];

describe.each(ADAPTERS)('with %s the guard', (_name, adapter) => {
  const server = useLinkServer({
    adapter,
    controllers: [OddRoutes, BareRoutes],
  });
  it('lets a POST have the file, with a cookie for this link alone', async () => {
    const { id, url } = await server.share(CONTENT);
    const { status, body, headers } = await receive(url, POST);
    expect(status).toBe(201);
    expect(body.equals(CONTENT)).toBe(true);
    const [cookie = '', ...others] = headers['set-cookie'] ?? [];
    expect(others).toEqual([]);
    const [pair = '', ...attributes] = cookie.split('; ');
    expect(pair).toMatch(new RegExp(`^download-link-${id}=[\\w-]{43}$`));
    expect(attributes.toSorted()).toEqual(['HttpOnly', 'SameSite=Strict']);
  });

  it('makes the cookie one for https where the request came by it', async () => {
    const { url } = await server.share(CONTENT);
    const headers = { 'X-Forwarded-Proto': 'https' };
    const answer = await receive(url, { method: 'POST', headers });
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; Secure/);
  });

  it('hands nothing to a visit, which is all but a POST', async () => {
    const { secret } = await server.share(CONTENT);
    const url = `${server.running.url}/odd/open/${secret}`;
    expect((await receive(url, { method: 'HEAD' })).status).toBe(200);
    for (const method of ['GET', 'OPTIONS', 'PUT', 'DELETE']) {
      const visit = await fetch(url, { method });
      expect(await visit.json()).toEqual({ handed: 'nothing' });
    }
    const post = await fetch(url, { method: 'POST' });
    expect(await post.json()).toEqual({ handed: 'a.txt' });
  });

  it('refuses a visit as it would refuse the download', async () => {
    const shared = await server.share(CONTENT);
    await receive(shared.url, POST);
    const revoked = await server.share(CONTENT);
    await server.links.revoke(revoked.id, OWNER);
    for (const method of ['GET', 'POST'] as const) {
      const spent = await receive(shared.url, { method });
      expect(statusOf(spent)).toEqual([410, 'LINK_SPENT']);
      const gone = await receive(revoked.url, { method });
      expect(statusOf(gone)).toEqual([404, 'LINK_INVALID']);
    }
    // Whatever the handler would have shown.
    const handled = `${server.running.url}/odd/open/${shared.secret}`;
    expect(statusOf(await receive(handled))).toEqual([410, 'LINK_SPENT']);
  });

  it('shows a link before its time, and gives nothing', async () => {
    const filename = (await server.share(CONTENT)).filename;
    const notBefore = new Date(Date.now() + HOUR / 2);
    const options = { expiresIn: 3600, notBefore };
    const { secret } = await server.links.create(filename, OWNER, options);
    const url = `${server.running.url}/links/${secret}`;
    const page = await receive(url);
    expect(JSON.parse(String(page.body))).toMatchObject({
      notBefore: notBefore.toISOString(),
    });
    const refused = await receive(url, POST);
    expect(statusOf(refused)).toEqual([403, 'LINK_NOT_YET']);
  });

  it('takes the password from the body', async () => {
    const { url } = await server.share(CONTENT, { password: 'right' });
    const post = (json: unknown) => receive(url, { ...POST, json });
    const bad: unknown[] = [
      {},
      { password: 'wrong' },
      { password: ['right'] },
      { password: { right: 'right' } },
      { password: null },
      [],
    ];
    for (const json of bad) {
      expect(statusOf(await post(json))).toEqual([403, 'LINK_PASSWORD']);
    }
    expect((await receive(`${url}?password=right`, POST)).status).toBe(403);
    const right = await post({ password: 'right' });
    expect(right.body.equals(CONTENT)).toBe(true);
  });

  it('tells when passwords can be tried again', async () => {
    const shared = await server.share(CONTENT, { password: 'right' });
    const rows = server.source.getRepository('DocumentLink');
    const url = `${server.running.url}/bare/${shared.secret}`;
    const lock = async (time: number) => {
      const attemptsUntil = Date.now() + time;
      await rows.update(shared.id, { attempts: 10, attemptsUntil });
      const json = { password: 'right' };
      const { status, headers } = await receive(url, { ...POST, json });
      expect(status).toBe(429);
      return Number(headers['retry-after']);
    };
    const rest = await lock(600_000);
    expect(rest).toBeGreaterThan(500);
    expect(rest).toBeLessThanOrEqual(600);
    // No row makes anybody wait for longer than the time of the tries.
    expect(await lock(9e9)).toBe(900);
  });

  it('resumes by a GET with range and cookie, without a password', async () => {
    const password = 'right';
    const { id, url } = await server.share(CONTENT, { password });
    const first = await receive(url, { ...POST, json: { password } });
    const part = await get(url, leaseOf(first), 'bytes=100000-');
    expect(part.status).toBe(206);
    expect(part.body.equals(CONTENT.subarray(100_000))).toBe(true);
    expect(part.headers['set-cookie']).toBeUndefined();
    expect(await server.row(id)).toMatchObject({
      remaining: 0,
      budget: CONTENT.length - 1 - 100_000,
    });
  });

  it('resumes nothing of a lease that is running, or over, or another', async () => {
    const { id, url } = await server.share(CONTENT, { maxDownloads: 2 });
    const cookie = leaseOf(await receive(url, POST));
    const rows = server.source.getRepository('DocumentLink');
    await rows.update(id, { leaseState: 'running', leaseUntil: null });
    const busy = await get(url, cookie, 'bytes=1-');
    expect(statusOf(busy)).toEqual([409, 'LINK_BUSY']);
    expect(busy.headers).toHaveProperty('retry-after', '5');
    await rows.update(id, { leaseState: 'counted', leaseUntil: Date.now() });
    const before = await server.row(id);
    const over = [410, 'LINK_LEASE'];
    expect(statusOf(await get(url, cookie, 'bytes=1-'))).toEqual(over);
    const other = `download-link-${id}=${'A'.repeat(43)}`;
    expect(statusOf(await get(url, other, 'bytes=1-'))).toEqual(over);
    expect(await server.row(id)).toEqual(before);
  });

  it('begins anew by a POST, though a crash has left a lease running', async () => {
    const { id, url } = await server.share(CONTENT, { maxDownloads: 2 });
    const Cookie = leaseOf(await receive(url, POST));
    const rows = server.source.getRepository('DocumentLink');
    await rows.update(id, { leaseState: 'running', leaseUntil: null });
    const again = { method: 'POST', headers: { Cookie } } as const;
    expect((await receive(url, again)).body.equals(CONTENT)).toBe(true);
    expect(await server.row(id)).toMatchObject({ remaining: 0 });
  });

  it('says that a newer transfer has ended the lease, not that uses are gone', async () => {
    const { id, url } = await server.share(CONTENT, { maxDownloads: 3 });
    const cookie = leaseOf(await receive(url, POST));
    await receive(url, POST);
    const answer = await get(url, cookie, 'bytes=1-');
    expect(statusOf(answer)).toEqual([410, 'LINK_LEASE']);
    expect(await server.row(id)).toMatchObject({ remaining: 1 });
  });

  it('takes many right passwords at once for no attack', async () => {
    const password = 'right';
    const limits = { password, maxDownloads: 20 };
    const { url } = await server.share(CONTENT, limits);
    const json = { password };
    const answers = await Promise.all(
      Array.from({ length: 15 }, () => receive(url, { ...POST, json })),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses]).toEqual([201]);
  });

  it('takes a GET with the cookie and no range for a visit', async () => {
    const { id, url } = await server.share(CONTENT, { maxDownloads: 2 });
    const cookie = leaseOf(await receive(url, POST));
    const before = await server.row(id);
    const page = await get(url, cookie);
    expect(JSON.parse(String(page.body))).toMatchObject({ remaining: 1 });
    expect(await server.row(id)).toEqual(before);
  });

  it('lets no answer stay in a cache, or send its address on', async () => {
    const { url } = await server.share(CONTENT);
    const bad = `${server.running.url}/links/${'A'.repeat(43)}`;
    const answers = [
      await receive(url, { method: 'HEAD' }),
      await receive(url),
      await receive(url, POST),
      await receive(url, POST),
      await receive(bad),
      await receive(bad, POST),
    ];
    for (const { headers } of answers) {
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['cache-control']).toContain('no-store');
    }
  });

  it('finds no secret in a route that names it otherwise', async () => {
    const { secret } = await server.share(CONTENT);
    const url = `${server.running.url}/odd/nameless/${secret}`;
    expect(statusOf(await receive(url))).toEqual([404, 'LINK_INVALID']);
  });

  it('is missed by @LinkedFile() where it is not bound', async () => {
    const { secret } = await server.share(CONTENT);
    const url = `${server.running.url}/odd/unguarded/${secret}`;
    expect((await receive(url)).status).toBe(500);
    expect(server.running.log.errors.join('\n')).toContain(
      'add @UseGuards(DownloadLinkGuard)',
    );
  });
});
