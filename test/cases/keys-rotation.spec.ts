import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  EncryptionService,
  MaintenanceService,
  SecretKey,
} from 'nestjs-file-encryptor';
import { keyId } from '../../lib/core/keys/key-id.js';
import { filePart, postForm } from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { LINKED_ENTITIES } from '../e2e/linked-documents.js';
import { type AnotherApp, useCaseApp } from './case-app.js';
import { OwnedFiles } from './owned-files.js';

/** Says at each start what the tokens need, as the README has it. */
@Injectable()
class KeyCheck implements OnApplicationBootstrap {
  constructor(private readonly maintenance: MaintenanceService) {}

  async onApplicationBootstrap() {
    await this.maintenance.keys();
  }
}

/** Whose files they are; the third comes later. */
const USERS = [1, 2, 3];

// D-15
describe('a rotation of the global key', () => {
  // The suite's application has the new key, K2.
  const app = useCaseApp({ controllers: [OwnedFiles], providers: [KeyCheck] });
  const first = randomBytes(32);
  const id1 = keyId(SecretKey.from(first));
  const id2 = keyId(SecretKey.from(app.globalKey));
  const stored = new Map<string, Buffer>();
  beforeEach(async () => {
    app.running.log.clear();
    app.keepSecret(first.toString('hex'));
    app.keepSecret(first.toString('base64url'));
    await using before = await app.another({ globalKey: first });
    for (const user of [1, 1, 2]) await store(before, user);
  });
  app.afterCase(async () => {
    const encryption = app.running.app.get(EncryptionService);
    for (const userId of USERS) await encryption.erase({ userId });
    stored.clear();
  });

  /** Uploads a file of a user; its path is noted, with the content. */
  async function store({ url }: AnotherApp, user: number): Promise<void> {
    const content = app.content(100_000);
    const part = filePart('a.txt', content);
    const answer = await postForm(`${url}/of/${user}`, part);
    expect(answer.status).toBe(201);
    const { filename } = answer.json as { filename: string };
    stored.set(`of/${user}/${filename}`, content);
  }

  /** Of all files: whether each came whole, or the status. */
  async function readings({ url }: { readonly url: string }) {
    const all: ('whole' | number)[] = [];
    for (const [path, content] of stored) {
      const { status, body } = await receive(`${url}/${path}`);
      all.push(body.equals(content) ? 'whole' : status);
    }
    return all;
  }

  const containers = async () => {
    const paths = await app.running.containers();
    return Promise.all(
      paths.map((path) => readFile(join(app.running.dataDir, path))),
    );
  };

  it('keeps all files readable, and leaves their containers as they are', async () => {
    const before = await containers();
    {
      await using both = await app.another({
        globalKey: [app.globalKey, first],
      });
      expect(await readings(both)).toEqual(['whole', 'whole', 'whole']);
      await store(both, 3);
      expect(await tokensPerKey(both)).toEqual({
        missing: 0,
        counts: { [id2]: 1, [id1]: 2 },
      });
      await rewrapAll(both);
      expect(await tokensPerKey(both)).toEqual({
        missing: 0,
        counts: { [id2]: 3, [id1]: 0 },
      });
    }
    await using later = await app.another({});
    expect(await readings(later)).toEqual(['whole', 'whole', 'whole', 'whole']);
    expect(await tokensPerKey(later)).toEqual({
      missing: 0,
      counts: { [id2]: 3 },
    });
    expect(await containers()).toEqual(expect.arrayContaining(before));
  });

  it('that drops the old key too early says so at the start, and loses nothing', async () => {
    const before = await containers();
    app.running.log.clear();
    {
      await using early = await app.another({});
      const warning = app.running.log.lines.find(
        ({ level }) => level === 'warn',
      );
      expect(warning?.text).toContain(
        `Keys: of 2 tokens 2 need a key that is not configured; 2 are under key ${id1} (NOT AVAILABLE: give it back), 0 are under key ${id2} (primary).`,
      );
      expect(await readings(early)).toEqual([500, 500, 500]);
      expect(app.running.log.errors.join()).toContain(
        `Key ${id1} is not available`,
      );
      expect(await tokensPerKey(early)).toEqual({
        missing: 2,
        counts: { [id2]: 0, [id1]: 2 },
      });
    }
    await using mended = await app.another({
      globalKey: [app.globalKey, first],
    });
    expect(await readings(mended)).toEqual(['whole', 'whole', 'whole']);
    expect(await containers()).toEqual(before);
  });
});

/** As the README has it. */
async function rewrapAll({ app }: AnotherApp): Promise<void> {
  const encryption = app.get(EncryptionService);
  const tokens = app.get(DataSource).getRepository(LINKED_ENTITIES.token);
  for (const token of await tokens.find()) {
    await encryption.rewrap(token, { userId: token.userId });
  }
}

async function tokensPerKey({ app }: AnotherApp) {
  const { keys, missing } = await app.get(MaintenanceService).keys();
  const counts = keys.map(({ id, tokens }) => [id, tokens]);
  return { missing, counts: Object.fromEntries(counts) as unknown };
}
