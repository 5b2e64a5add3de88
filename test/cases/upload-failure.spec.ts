import { Agent } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { type KeyProvider, SecretKey } from 'nestjs-file-encryptor';
import { Keyring } from '../../lib/core/keys/keyring.js';
import { Downloads } from '../download/download-server.js';
import { Document, DocumentToken } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import {
  type Answer,
  filePart,
  FORM_TYPE,
  formBytes,
  type Part,
  post,
  type Posting,
} from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { beginForm } from '../e2e/unfinished-form.js';
import { KeptUploads } from '../upload/kept-uploads.js';
import { type CaseApp, useCaseApp } from './case-app.js';
import { CommittedStore } from './committed-store.js';
import { UserUploads } from './user-uploads.js';

const MEBI = 1024 * 1024;

describe('an upload', () => {
  let store: CommittedStore;
  const app = useCaseApp({
    controllers: [KeptUploads, Downloads],
    options: {
      get store() {
        store = new CommittedStore(app.running.dataDir);
        return store;
      },
      dataDir: undefined,
      limits: { fileSize: MEBI },
    },
  });
  beforeEach(() => {
    store.appeared.length = 0;
  });

  // D-05
  it.each([
    ['five times as large as', 5 * MEBI],
    ['a byte larger than', MEBI + 1],
  ])('%s the limit is refused, and never appears', async (_, size) => {
    const answer = await send(app, 'one', [part(app.content(size))]);
    expect(answer.status).toBe(413);
    expect(answer.json).toMatchObject({ code: 'UPLOAD_TOO_LARGE' });
    expect(store.appeared).toEqual([]);
    await expectNothingStored(app);
  });

  // D-05
  it('of exactly the limit is stored as it is', async () => {
    const content = app.content(MEBI);
    await expectStored(app, await send(app, 'one', [part(content)]), content);
    expect(store.appeared).toHaveLength(1);
  });
});

describe('clients that go away in the middle of their uploads', () => {
  const app = useCaseApp({ controllers: [KeptUploads, Downloads] });

  // D-04
  it('leave nothing, and do not disturb the next upload', async () => {
    const content = app.content(MEBI);
    const form = { route: 'one', missing: 9 * MEBI };
    const clients = await Promise.all(
      Array.from({ length: 20 }, () =>
        beginForm(app.running, form, [part(content)]),
      ),
    );
    // All of them are being stored, in files without a final name.
    await eventually(async () => {
      const stored = await app.running.containers();
      expect(stored.filter((path) => path.endsWith('.part'))).toHaveLength(20);
      expect(stored).toHaveLength(20);
    });
    for (const client of clients) client.destroy();
    await eventually(async () => {
      await expectNothingStored(app);
      expect(app.running.descriptors()).toBeLessThanOrEqual(DATABASE);
    });
    const own = app.content(MEBI);
    await expectStored(app, await send(app, 'one', [part(own)]), own);
  });
});

/** Descriptors that the database keeps in the application's folder. */
const DATABASE = 1;

/** Its key service knows nothing of this user. */
const UNKNOWN = '13';

describe('an upload that is refused late or early', () => {
  const globalKey = SecretKey.random();
  const app = useCaseApp(
    {
      controllers: [UserUploads, Downloads],
      options: { globalKey: failingFor(UNKNOWN, globalKey) },
    },
    globalKey.toBytes(),
  );
  let agent: Agent;
  beforeEach(() => {
    agent = new Agent({ keepAlive: true, maxSockets: 1 });
  });
  app.afterCase(async () => {
    agent.destroy();
    await app.running.encryption.erase({ userId: 1 });
  });

  // D-06
  it.each([
    ['by the lookup of a key', UNKNOWN, 'a.bin', 500, 'INTERNAL_ERROR'],
    ['before its first byte', '1', 'x'.repeat(5000), 400, 'NAME_TOO_LONG'],
  ])(
    '%s is answered, and leaves its connection usable',
    async (_, user, name, status, code) => {
      const content = app.content(20 * MEBI);
      const sending = { agent, headers: { 'X-User': user } };
      const refused = await send(
        app,
        'signed-in',
        [filePart(name, content)],
        sending,
      );
      expect(refused.status).toBe(status);
      expect(refused.json).toMatchObject({ code });
      await expectNothingStored(app);
      const next = await send(app, 'signed-in', [part(app.content(1000))], {
        agent,
        headers: { 'X-User': '1' },
      });
      expect(next.status).toBe(201);
      expect(next.reused).toBe(true);
      // Before the descriptors are counted.
      agent.destroy();
    },
  );

  // D-06
  it('no more than one whose fields come after the file', async () => {
    const content = app.content(100_000);
    const fields = [part(content), field('folder', '7')];
    const answer = await send(app, 'signed-in', fields, {
      headers: { 'X-User': '1' },
    });
    expect(answer.json).toMatchObject({ owner: '1', folder: '7' });
    await expectStored(app, answer, content);
  });

  // D-06: a file needs no owner before its row is made, so that a field which
  // comes after it can name one.
  it('no more than one whose owner comes after the file', async () => {
    const content = app.content(100_000);
    const fields = [part(content), field('folder', '1')];
    const answer = await send(app, 'late-field', fields);
    expect(answer.json).toMatchObject({ owner: '1' });
    await expectStored(app, answer, content);
  });

  // D-06
  it.each([
    ['is read before it has come', 'early-field', ['7']],
    ['never comes', 'late-field', []],
  ])('says which owner is missing where it %s', async (...row) => {
    const [, route, folders] = row;
    const fields = folders.map((folder) => field('folder', folder));
    const all = [part(app.content(100_000)), ...fields];
    const answer = await send(app, route, all);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({
      statusCode: 400,
      code: 'OWNER_INVALID',
      message: expect.stringMatching(/userId\b.*missing/) as string,
    });
    await expectNothingStored(app);
  });
});

/** A keyring that fails wherever a key belongs to one user. */
function failingFor(user: string, key: SecretKey): KeyProvider {
  const keyring = new Keyring([key]);
  const check = (aad: Uint8Array) => {
    if (Buffer.from(aad).includes(`userId=${user}`)) {
      throw new Error('The key service does not know the user.');
    }
  };
  return {
    primaryId: keyring.primaryId,
    wrap: async (bytes, context) => {
      check(context.aad);
      return keyring.wrap(bytes, context);
    },
    unwrap: async (bytes, context) => {
      check(context.aad);
      return keyring.unwrap(bytes, context);
    },
  };
}

function part(content: Uint8Array): Part {
  return filePart('a.bin', content);
}

function field(name: string, content: string): Part {
  return { disposition: `name="${name}"`, content };
}

function send(
  { running }: CaseApp,
  route: string,
  parts: readonly Part[],
  sending: Posting = {},
): Promise<Answer> {
  const url = `${running.url}/${route}`;
  return post(url, formBytes(parts), FORM_TYPE, sending);
}

async function expectStored(
  { running }: CaseApp,
  answer: Answer,
  content: Buffer,
): Promise<void> {
  expect(answer.status).toBe(201);
  const { filename } = answer.json as { readonly filename: string };
  const { status, body } = await receive(`${running.url}/files/${filename}`);
  expect(status).toBe(200);
  expect(body.equals(content)).toBe(true);
}

/** No container and no part of one, no row, no token, no temporary file. */
async function expectNothingStored({
  running,
  source,
}: CaseApp): Promise<void> {
  expect(await running.containers()).toEqual([]);
  expect(await running.temporaryFiles()).toEqual([]);
  expect(await source.getRepository(Document).count()).toBe(0);
  expect(await source.getRepository(DocumentToken).count()).toBe(0);
}
