import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeDatabases } from '../databases.js';
import { useCompiledApp } from '../e2e/compiled-app.js';
import { type Received, receive, type Sending } from '../e2e/http-client.js';
import type { LinkTarget } from '../e2e/link-target.js';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import { codeOf, leaseOf, settled, useLinkServer } from './link-server.js';
import { Statements } from './statements.js';

const CONTENT = randomBytes(300_001);
const POST: Sending = { method: 'POST' };

const compiled = useCompiledApp(
  'link-target.ts',
  'linked-documents.ts',
  'documents.ts',
);

// D-25
describeDatabases((database) => {
  const globalKey = randomBytes(32).toString('hex');
  const statements = new Statements();
  const server = useLinkServer({
    database: async () => ({
      ...(await database.create(Object.values(LINKED_ENTITIES))),
      logging: true,
      logger: statements,
    }),
    options: { globalKey },
  });

  it('an answer is admitted by one conditional UPDATE, and reads nothing before', async () => {
    const { secret } = await server.share(CONTENT);
    const { admission } = await server.links.redeem(secret);
    statements.clear();
    const admitted = await admission?.admit(CONTENT.length);
    expect(statements.count).toBe(1);
    expect(statements.text).toMatch(
      /^UPDATE .*\bremaining\b.* - 1.* WHERE .*\bremaining\b.* > /,
    );
    await admitted?.settle(CONTENT.length);
  });

  describe('twenty who redeem a link at once', () => {
    it.each([1, 3])('get %d copies, all that there are', async (copies) => {
      const { id, url } = await server.share(CONTENT, { maxDownloads: copies });
      const answers = await atOnce(20, () => receive(url, POST));
      expectCopies(answers, copies);
      expect(await server.row(id)).toMatchObject({
        remaining: 0,
        budget: CONTENT.length - 1,
      });
    });

    it('get one range of a lease at a time, and no second copy', async () => {
      const shared = await server.share(CONTENT);
      const { url } = shared;
      const Cookie = leaseOf(await receive(url, POST));
      await settled(server, shared);
      // Half, and one byte more: together with another it is too much.
      const Range = `bytes=0-${CONTENT.length >> 1}`;
      const answers = await atOnce(20, () =>
        receive(url, { headers: { Cookie, Range } }),
      );
      const given = answers.filter(({ status }) => status === 206);
      expect(given).toHaveLength(1);
      const refused = answers.filter(({ status }) => status !== 206);
      const codes = new Set(refused.map(codeOf));
      expect(['LINK_BUSY', 'LINK_SPENT']).toEqual(
        expect.arrayContaining([...codes]),
      );
    });
  });

  describe('twenty who redeem a link at once in two processes', () => {
    const urls: string[] = [];
    beforeAll(async () => {
      const { entities: _, logger: __, ...options } = server.source.options;
      for (const name of ['tmp-1', 'tmp-2']) {
        const port = await start({
          database: { ...options, synchronize: false, logging: false },
          globalKey,
          dataDir: server.running.dataDir,
          tmpDir: join(server.running.folder, name),
        });
        urls.push(`http://127.0.0.1:${port}`);
      }
    });

    it.each([1, 3])('get %d copies, all that there are', async (copies) => {
      const shared = await server.share(CONTENT, { maxDownloads: copies });
      const answers = await atOnce(20, (index) =>
        receive(`${urls[index % 2]}/links/${shared.secret}`, POST),
      );
      expectCopies(answers, copies);
      expect(await server.row(shared.id)).toHaveProperty('remaining', 0);
    });
  });
});

function atOnce<T>(
  times: number,
  act: (index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => act(index)));
}

function expectCopies(answers: readonly Received[], copies: number): void {
  const given = answers.filter(({ status }) => status < 300);
  expect(given).toHaveLength(copies);
  for (const { body } of given) expect(body.equals(CONTENT)).toBe(true);
  const refused = answers.filter(({ status }) => status >= 300);
  expect(refused.map((answer) => [answer.status, codeOf(answer)])).toEqual(
    refused.map(() => [410, 'LINK_SPENT']),
  );
}

/** @returns the port on which the process listens. */
async function start(target: LinkTarget): Promise<number> {
  const child = compiled.run('link-target.js', [JSON.stringify(target)]);
  child.stderr?.pipe(process.stderr);
  if (!child.stdout) throw new Error('The process has no output.');
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([status]) => {
      throw new Error(`The process ended with ${String(status)}.`);
    }),
  ])) as [Buffer];
  return Number(line.toString());
}
