import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { EncryptedFile } from 'nestjs-file-encryptor';
import { openBytes } from '../e2e/descriptors.js';
import { rejectionOf } from '../core/thrown.js';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { abandon, begin, receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { type RunningApp, useRunningApp } from '../e2e/running-app.js';
import { ADAPTERS, damage, Downloads, storeFile } from './download-server.js';

/** More than the buffers of a connection hold. */
const LARGE = 12 * 1024 * 1024;

/** Room for two of them, and not for three. */
const LIMIT = 2 * LARGE + 1000;

describe.each(ADAPTERS)('many downloads at once on %s', (_, parts) => {
  const running = useRunningApp({
    controllers: [Downloads],
    options: { tmpMaxBytes: LIMIT },
    ...parts,
  });
  afterEach(async () => {
    await expectNothingOpen(running);
    await expectAllRoom(running);
  });

  it('hold no more than the limit, and all arrive, though none reads', async () => {
    const content = randomBytes(LARGE);
    const url = await urlOf(content);
    await using watch = watchBytes(running);
    const waiting = await Promise.all(
      Array.from({ length: 8 }, () => begin(url)),
    );
    expect(heldBytes(running)).toBe(2 * LARGE);
    // Others are served meanwhile.
    expect((await receive(url)).body.equals(content)).toBe(true);
    const bodies = await Promise.all(waiting.map((answer) => buffer(answer)));
    expect(bodies.filter((body) => !body.equals(content))).toEqual([]);
    expect(watch.most).toBe(2 * LARGE);
  });

  it('give their room back, whether they are read or broken off', async () => {
    const content = randomBytes(LARGE);
    const url = await urlOf(content);
    await using watch = watchBytes(running);
    for (let round = 0; round < 3; round += 1) {
      const waiting = await Promise.all([
        ...Array.from({ length: 6 }, () => begin(url)),
        abandon(url),
        abandon(url),
      ]);
      const answers = waiting.filter((answer) => answer !== undefined);
      const bodies = await Promise.all(answers.map(bodyOf));
      const whole = bodies.filter((body) => body !== undefined);
      expect(whole.map((body) => body.equals(content))).toEqual([true, true]);
      await expectNothingOpen(running);
      await expectAllRoom(running);
    }
    expect(watch.most).toBeLessThanOrEqual(LIMIT);
    expect(watch.most).toBeGreaterThan(0);
  });

  it('are verified before their first byte where there is no room', async () => {
    const url = await urlOf(randomBytes(LARGE));
    const filename = await storeFile(running, randomBytes(LARGE));
    await damage(running, filename, -1);
    const waiting = [await begin(url), await begin(url)];
    const { status, headers } = await receive(
      `${running.url}/files/${filename}`,
    );
    expect(heldBytes(running)).toBe(2 * LARGE);
    expect([status, headers['content-type']]).toEqual([
      500,
      expect.stringMatching(/^application\/json/),
    ]);
    for (const answer of waiting) answer.destroy();
  });

  it('make no file of what is larger than the limit', async () => {
    const content = randomBytes(LIMIT + 1);
    await using watch = watchBytes(running);
    const { status, body } = await receive(await urlOf(content));
    expect([status, body.equals(content)]).toEqual([200, true]);
    expect(watch.most).toBe(0);
  });

  it('of decrypted files wait for one another', async () => {
    const content = randomBytes(LARGE);
    const url = `${await urlOf(content)}/decrypted`;
    await using watch = watchBytes(running);
    const answers = await Promise.all(
      Array.from({ length: 7 }, () => receive(url)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(200));
    expect(answers.filter(({ body }) => !body.equals(content))).toEqual([]);
    expect(watch.most).toBeLessThanOrEqual(LIMIT);
    expect(watch.most).toBeGreaterThan(0);
  });

  it('of decrypted files give back the room of those who went away waiting', async () => {
    const url = await urlOf(randomBytes(LARGE));
    await using watch = watchBytes(running);
    const waiting = [await begin(url), await begin(url)];
    await Promise.all([1, 2, 3].map(() => abandon(`${url}/decrypted`)));
    const last = receive(`${url}/decrypted`);
    for (const answer of waiting) answer.destroy();
    expect((await last).status).toBe(200);
    expect(watch.most).toBeLessThanOrEqual(LIMIT);
  });

  it('refuse a decrypted file that is larger than the limit, for good', async () => {
    const url = await urlOf(randomBytes(LIMIT + 1));
    const { status, headers, body } = await receive(`${url}/decrypted`);
    expect(status).toBe(507);
    expect(JSON.parse(String(body))).toHaveProperty('code', 'TEMPORARY_LIMIT');
    expect(headers).not.toHaveProperty('retry-after');
  });

  async function urlOf(content: Buffer): Promise<string> {
    return `${running.url}/files/${await storeFile(running, content)}`;
  }
});

describe('decrypted files of a small room', () => {
  const running = useRunningApp({ options: { tmpMaxBytes: 1000 } });
  afterEach(() => expectNothingOpen(running));

  it('come in the order in which they were asked for', async () => {
    const [large, small] = [await stored(900), await stored(200)];
    const first = await (await stored(500)).decrypt();
    const order: number[] = [];
    const waiting = [large, small].map(async (file) => {
      await using decrypted = await file.decrypt();
      order.push(decrypted.size);
    });
    // There is room for the small one, but the large one has come before.
    await large.verify();
    expect(order).toEqual([]);
    await first.dispose();
    await Promise.all(waiting);
    expect(order).toEqual([900, 200]);
  });

  it('that nobody waits for any more leave the room to others', async () => {
    const file = await stored(900);
    const first = await (await stored(1000)).decrypt();
    const aborting = new AbortController();
    const waiting = rejectionOf(file.decrypt({ signal: aborting.signal }));
    await file.verify();
    const reason = new Error('nobody waits');
    aborting.abort(reason);
    expect(await waiting).toBe(reason);
    await first.dispose();
    await using next = await (await stored(1000)).decrypt();
    expect(next.size).toBe(1000);
  });

  it('that are damaged leave the room to others', async () => {
    const content = randomBytes(1000);
    const bad = await storeFile(running, content);
    await damage(running, bad, -1);
    const file = await running.encryption.find(bad, OWNER);
    await expect(file.decrypt()).rejects.toHaveProperty('code', 'INTEGRITY');
    await using next = await (await stored(1000)).decrypt();
    expect(next.size).toBe(1000);
  });

  async function stored(size: number): Promise<EncryptedFile> {
    const filename = await storeFile(running, randomBytes(size));
    return running.encryption.find(filename, OWNER);
  }
});

/** One in three is read; others are broken off in the middle, or at once. */
async function bodyOf(
  answer: IncomingMessage,
  at: number,
): Promise<Buffer | undefined> {
  if (at % 3 === 0) return buffer(answer);
  if (at % 3 === 1) await once(answer, 'readable');
  answer.destroy();
  return undefined;
}

/** Bytes of the temporary files of this process. */
function heldBytes({ folder }: RunningApp): number {
  return openBytes(join(folder, 'tmp'));
}

interface Watch extends AsyncDisposable {
  /** The most that was seen so far. */
  readonly most: number;
}

/** Looks again and again how much the temporary files hold. */
function watchBytes(running: RunningApp): Watch {
  const seen = { most: 0, ended: false };
  const watching = (async () => {
    while (!seen.ended) {
      seen.most = Math.max(seen.most, heldBytes(running));
      await setTimeout(1);
    }
  })();
  return {
    get most() {
      return seen.most;
    },
    [Symbol.asyncDispose]: async () => {
      seen.ended = true;
      await watching;
    },
  };
}

/** A file of the whole limit fits, and nothing beside it. */
async function expectAllRoom(running: RunningApp): Promise<void> {
  const filename = await storeFile(running, randomBytes(1));
  const { temporary } = await running.encryption.find(filename, OWNER);
  await eventually(async () => {
    await using file = await temporary.createAnonymous(LIMIT);
    expect(file?.size).toBe(0);
    expect(await temporary.createAnonymous(1)).toBeUndefined();
  });
}
