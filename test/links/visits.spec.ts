import { randomBytes } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ADAPTERS, containerOf } from '../download/download-server.js';
import { receive } from '../e2e/http-client.js';
import { codeOf, useLinkServer } from './link-server.js';
import { VISITS } from './visits.js';

const CONTENT = randomBytes(200_000);

/** What a page gets to show. */
const SHOWN = {
  name: 'a.txt',
  size: CONTENT.length,
  remaining: 1,
  needsPassword: false,
};

// D-24
describe.each(ADAPTERS)('before a POST, with %s,', (_, parts) => {
  const server = useLinkServer(parts);

  it.each(VISITS)('%s takes nothing of a link', async (_visit, sending) => {
    const { id, filename, secret, url } = await server.share(CONTENT);
    const container = containerOf(server.running, filename);
    // Nothing of it could be opened.
    await rename(container, `${container}.away`);
    const before = await server.row(id);
    const changes = await changesSoFar();
    for (const _time of [1, 2]) {
      const { status, headers, body } = await receive(url, sending);
      expect(status).toBe(200);
      expect(headers['set-cookie']).toBeUndefined();
      expect(body.includes(secret)).toBe(false);
      expect(page(body)).toEqual(sending.method === 'HEAD' ? {} : SHOWN);
    }
    expect(await changesSoFar()).toBe(changes);
    expect(await server.row(id)).toEqual(before);

    await rename(`${container}.away`, container);
    const file = await receive(url, { method: 'POST' });
    expect(file.status).toBe(201);
    expect(file.body.equals(CONTENT)).toBe(true);
    const again = await receive(url, { method: 'POST' });
    expect([again.status, codeOf(again)]).toEqual([410, 'LINK_SPENT']);
  });

  it('a range with a made-up lease of this link is refused, and takes nothing', async () => {
    const { id, url } = await server.share(CONTENT);
    const before = await server.row(id);
    const changes = await changesSoFar();
    for (const token of ['A'.repeat(43), 'x', '%', '%E2%82%AC']) {
      const Cookie = `download-link-${id}=${token}`;
      const answer = await receive(url, {
        headers: { Cookie, Range: 'bytes=0-9' },
      });
      expect([answer.status, codeOf(answer)]).toEqual([410, 'LINK_LEASE']);
    }
    expect(await changesSoFar()).toBe(changes);
    expect(await server.row(id)).toEqual(before);
    const { body } = await receive(url, { method: 'POST' });
    expect(body.equals(CONTENT)).toBe(true);
  });

  /** How many rows the connection has ever written. */
  async function changesSoFar(): Promise<number> {
    const [row] = await server.source.query<{ readonly changes: number }[]>(
      'SELECT total_changes() AS changes',
    );
    if (!row) throw new Error('The database counts no changes.');
    return row.changes;
  }
});

/** What of {@link SHOWN} is in a body. */
function page(body: Buffer): object {
  if (body.length === 0) return {};
  const shown = JSON.parse(body.toString()) as Partial<typeof SHOWN>;
  const { name, size, remaining, needsPassword } = shown;
  return { name, size, remaining, needsPassword };
}
