import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import { containerOf } from '../download/download-server.js';
import { describeDatabases } from '../databases.js';
import { begin, receive, type Sending } from '../e2e/http-client.js';
import { codeOf, settled, useLinkServer } from './link-server.js';

const POST: Sending = { method: 'POST' };

/** More than the buffers of a connection hold. */
const LARGE = 12 * 1024 * 1024;

describe('a link to an empty file', () => {
  const server = useLinkServer();

  it('keeps its use when nothing can be sent', async () => {
    const shared = await server.share(Buffer.alloc(0));
    await unlink(containerOf(server.running, shared.filename));
    expect((await receive(shared.url, POST)).status).toBe(500);
    expect(await settled(server, shared)).toMatchObject({ remaining: 1 });
  });

  it('loses its use with a download', async () => {
    const shared = await server.share(Buffer.alloc(0));
    expect((await receive(shared.url, POST)).status).toBe(201);
    expect(await settled(server, shared)).toMatchObject({ remaining: 0 });
    expect(codeOf(await receive(shared.url, POST))).toBe('LINK_SPENT');
  });
});

describe('a link that is revoked while passwords wait for their turn', () => {
  const server = useLinkServer();

  it('is not there any more, and not locked', async () => {
    const shared = await server.share(Buffer.from('text'), {
      password: 'right',
    });
    const json = { password: 'wrong' };
    const answers = Array.from({ length: 6 }, () =>
      receive(shared.url, { ...POST, json }),
    );
    await Promise.race(answers);
    await server.links.revoke(shared.id, { userId: 1 });
    const codes = (await Promise.all(answers)).map(codeOf);
    expect(codes).toContain('LINK_INVALID');
    expect(codes).not.toContain('LINK_LOCKED');
  });
});

describeDatabases((database) => {
  describe('a download that the end of the application breaks', () => {
    let options: DataSourceOptions;
    const server = useLinkServer({
      database: async () =>
        (options = await database.create(Object.values(LINKED_ENTITIES))),
    });

    it('gives its use back before the database goes', async () => {
      const shared = await server.share(randomBytes(LARGE));
      const response = await begin(shared.url, POST);
      response.on('error', () => undefined);
      await server.running.app.close();
      const later = await new DataSource(options).initialize();
      const [row] = await later.getRepository(LINKED_ENTITIES.link).find();
      expect(row).toMatchObject({ remaining: 1, leaseState: 'broken' });
      await later.destroy();
    });
  });
});
