import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  type NestInterceptor,
  Param,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { concatMap } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Delivery,
  DownloadInterceptor,
  DownloadLinkGuard,
  type EncryptedFile,
  FileEncryptorExceptionFilter,
  LinkedFile,
} from 'nestjs-file-encryptor';
import {
  ADAPTERS,
  damage,
  DELIVERIES,
  storeFile,
} from '../download/download-server.js';
import { eventually } from '../e2e/eventually.js';
import { abandon, begin, receive, type Sending } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import {
  codeOf,
  leaseOf,
  type LinkServer,
  settled,
  type Shared,
  useLinkServer,
} from './link-server.js';

/** More than the buffers of a connection hold. */
const LARGE = 20 * 1024 * 1024;
const POST: Sending = { method: 'POST' };

/** Fails when the file is already on its way out. */
class FailsLate implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next
      .handle()
      .pipe(concatMap(() => Promise.reject(new Error('Another fails.'))));
  }
}

@Controller('other/:secret')
@UseFilters(FileEncryptorExceptionFilter)
@UseGuards(DownloadLinkGuard)
class OtherDownloads {
  @Post('fails')
  @UseInterceptors(DownloadInterceptor)
  fails() {
    throw new Error('The handler fails.');
  }

  @Post('fails-late')
  @UseInterceptors(FailsLate, DownloadInterceptor)
  failsLate(@LinkedFile() file: EncryptedFile) {
    return file;
  }

  @Post('forgets')
  @UseInterceptors(DownloadInterceptor)
  forgets() {
    return { sent: 'something else' };
  }

  /** Without the interceptor: what Nest makes of it is the description. */
  @Post('describes')
  describes(@LinkedFile() file: EncryptedFile) {
    return file;
  }

  @Post(':delivery')
  @UseInterceptors(DownloadInterceptor)
  deliver(
    @LinkedFile() file: EncryptedFile,
    @Param('delivery') delivery: Delivery,
  ) {
    return file.as({ delivery });
  }
}

describe.each(ADAPTERS)('a transfer, with %s,', (_, parts) => {
  const server = useLinkServer({ ...parts, controllers: [OtherDownloads] });
  const content = randomBytes(LARGE);
  let filename = '';
  beforeAll(async () => {
    filename = await storeFile(server.running, content);
  });

  it.each(DELIVERIES)(
    'by %s that breaks in the middle gives its use back, and is resumed',
    async (delivery) => {
      const shared = await server.link(filename);
      const { lease, received } = await broken(shared, delivery);
      const row = await settled(server, shared);
      expect(row).toMatchObject({ remaining: 1, leaseState: 'broken' });
      const handed = 2 * LARGE - 1 - row.budget;
      expect(handed).toBeGreaterThanOrEqual(received.length);
      expect(handed).toBeLessThan(LARGE);

      const rest = await receive(shared.url, {
        headers: { Cookie: lease, Range: `bytes=${received.length}-` },
      });
      expect(rest.status).toBe(206);
      expect(sha256(received, rest.body)).toBe(sha256(content));
      expect(await settled(server, shared)).toMatchObject({ remaining: 0 });
      const again = await receive(shared.url, POST);
      expect([again.status, codeOf(again)]).toEqual([410, 'LINK_SPENT']);
      await expectNothingOpen(server.running);
    },
  );

  it('that breaks can be begun again', async () => {
    const shared = await server.link(filename);
    await broken(shared, 'stream');
    await settled(server, shared);
    const { status, body } = await receive(shared.url, POST);
    expect([status, sha256(body)]).toEqual([201, sha256(content)]);
    expect(await settled(server, shared)).toMatchObject({
      remaining: 0,
      leaseState: 'counted',
    });
  });

  it('that is under way keeps others of its lease out', async () => {
    const shared = await server.link(filename, { maxDownloads: 3 });
    const response = await begin(shared.url, POST);
    const Cookie = leaseOf(response);
    const part = { headers: { Cookie, Range: 'bytes=0-9' } };
    const answer = await receive(shared.url, part);
    expect([answer.status, codeOf(answer)]).toEqual([409, 'LINK_BUSY']);
    expect(await server.row(shared.id)).toHaveProperty('remaining', 2);
    response.destroy();
    await settled(server, shared);
  });

  it('that nobody waits for gives its use back', async () => {
    const shared = await server.link(filename, { maxDownloads: 2 });
    const before = await server.row(shared.id);
    for (const delivery of DELIVERIES) {
      await abandon(way(server, shared, delivery), POST);
    }
    await expectNothingOpen(server.running);
    await eventually(async () => {
      const { remaining, leaseState } = await server.row(shared.id);
      expect([remaining, leaseState === 'running']).toEqual([2, false]);
    });
    // At most what stood ready for a connection that was gone.
    const { budget } = await server.row(shared.id);
    expect(before.budget - budget).toBeLessThan(LARGE);
  });

  it.each(['temp-file', 'verify'] as const)(
    'by %s of a damaged container is refused, and costs nothing',
    async (delivery) => {
      const shared = await server.share(randomBytes(LARGE));
      await damage(server.running, shared.filename, -1);
      const answer = await receive(way(server, shared, delivery), POST);
      expect(answer.status).toBe(500);
      expect(codeOf(answer)).toBe('INTERNAL_ERROR');
      expect(await settled(server, shared)).toMatchObject({
        remaining: 1,
        budget: 2 * LARGE - 1,
      });
    },
  );

  it('by stream of a damaged container breaks, and gives its use back', async () => {
    const shared = await server.share(randomBytes(LARGE));
    await damage(server.running, shared.filename, -1);
    const answer = await receive(way(server, shared, 'stream'), POST);
    expect(answer.broken).toBe(true);
    const row = await settled(server, shared);
    expect(row).toMatchObject({ remaining: 1, leaseState: 'broken' });
    // What has left counts.
    expect(2 * LARGE - 1 - row.budget).toBeGreaterThanOrEqual(
      answer.body.length,
    );
  });

  it.each(['fails', 'forgets', 'describes'])(
    'that the handler %s takes nothing',
    async (handler) => {
      const shared = await server.link(filename);
      const before = await server.row(shared.id);
      const answer = await receive(way(server, shared, handler), POST);
      expect(answer.status).toBe(handler === 'fails' ? 500 : 201);
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(answer.body.length).toBeLessThan(1000);
      expect(await server.row(shared.id)).toEqual(before);
    },
  );

  it('whose answer never leaves gives its use back', async () => {
    const shared = await server.link(filename);
    const { status } = await receive(way(server, shared, 'fails-late'), POST);
    expect(status).toBe(500);
    expect(await settled(server, shared)).toMatchObject({
      remaining: 1,
      budget: 2 * LARGE - 1,
    });
  });

  it('of no content takes nothing', async () => {
    const shared = await server.share(randomBytes(1000), { maxDownloads: 2 });
    const { url } = shared;
    const Cookie = leaseOf(await receive(url, POST));
    const { etag = '' } = (
      await receive(url, {
        headers: { Cookie, Range: 'bytes=0-0' },
      })
    ).headers;
    const before = await settled(server, shared);
    const Range = 'bytes=0-9';
    const answers: readonly (readonly [number, Sending])[] = [
      [200, { method: 'HEAD', headers: { Cookie, Range } }],
      [304, { headers: { Cookie, Range, 'If-None-Match': etag } }],
      [412, { headers: { Cookie, Range, 'If-Match': '"another"' } }],
      [416, { headers: { Cookie, Range: 'bytes=1000-' } }],
    ];
    for (const [status, sending] of answers) {
      const answer = await receive(url, sending);
      expect(answer.status).toBe(status);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(await server.row(shared.id)).toEqual(before);
  });

  async function broken(
    shared: Shared,
    delivery: Delivery,
  ): Promise<{ readonly lease: string; readonly received: Buffer }> {
    const response = await begin(way(server, shared, delivery), POST);
    response.on('error', () => undefined);
    const chunks: Buffer[] = [];
    let length = 0;
    while (length < LARGE / 4) {
      await once(response, 'readable');
      const chunk = response.read() as Buffer | null;
      if (!chunk) continue;
      chunks.push(chunk);
      length += chunk.length;
    }
    response.destroy();
    return { lease: leaseOf(response), received: Buffer.concat(chunks) };
  }
});

function way(server: LinkServer, { secret }: Shared, last: string): string {
  return `${server.running.url}/other/${secret}/${last}`;
}

function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
