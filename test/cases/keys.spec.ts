import { createHook } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  FileEncryptorModule,
  type GlobalKey,
} from 'nestjs-file-encryptor';
import { rejectionOf } from '../core/thrown.js';
import { Downloads, storeFile } from '../download/download-server.js';
import { receive } from '../e2e/http-client.js';
import { ENTITIES } from '../e2e/documents.js';
import { database, useModuleStart } from '../module/module-start.js';
import { useCaseApp } from './case-app.js';

const SAMPLE = 'aAa8KxQx4Eoxwu41HTaa';

// D-16
describe('a global key that is no secret', () => {
  const place = useModuleStart();
  const salt = randomBytes(16).toString('hex');
  const start = (globalKey: unknown) =>
    place.start({
      imports: [
        database(),
        FileEncryptorModule.forRoot({
          globalKey: globalKey as GlobalKey,
          ...place.folders(),
          entities: ENTITIES,
        }),
      ],
    });

  it.each<[string, unknown, RegExp]>([
    ['none', undefined, /is missing/],
    ["the sample key of Flask-Encryptor's manual", SAMPLE, /in a manual/],
    ['changeme', 'changeme', /in a manual/],
    ['32 equal letters', 'a'.repeat(32), /24 bytes instead of 32/],
    ['32 equal letters as bytes', Buffer.alloc(32, 'a'), /repeats itself/],
    ['a passphrase of 7 letters', 'hunter2', /neither 64 hexadecimal/],
    [
      'a passphrase of 7 letters with a salt',
      { passphrase: 'hunter2', salt },
      /at least 16 characters/,
    ],
  ])('refuses to start: %s', async (_what, globalKey, reason) => {
    const error = await rejectionOf(start(globalKey));
    expect(error).toBeInstanceOf(ConfigurationError);
    const { message } = error as ConfigurationError;
    expect(message).toMatch(reason);
    expect(message).toMatch(
      /^[^\n]+npx --no-install file-encryptor keygen[^\n]*$/,
    );
    for (const given of [SAMPLE, 'changeme', 'a'.repeat(8), 'hunter2', salt]) {
      expect(message).not.toContain(given);
    }
    expect(await readdir(place.folder)).toEqual([]);
  });

  it.each(['hex', 'base64', 'base64url'] as const)(
    'is none of 32 random bytes: %s',
    async (encoding) => {
      await start(randomBytes(32).toString(encoding));
      expect(await readdir(place.folder)).toEqual(['data', 'tmp']);
    },
  );
});

// D-17: what it counts does not depend on how fast a machine is.
describe('the derivation of a key from a passphrase', () => {
  const derivations = countDerivations();
  const app = useCaseApp({
    controllers: [Downloads],
    options: {
      globalKey: {
        passphrase: 'correct horse battery staple',
        salt: randomBytes(16),
      },
    },
  });
  let before = { begun: 0, ended: 0 };
  beforeEach(() => {
    before = { ...derivations };
  });
  afterEach(() => app.keepSecret('correct horse'));

  it('is done once, at the start, beside the event loop', () => {
    expect(before).toEqual({ begun: 1, ended: 1 });
  });

  it('is not done again by fifty downloads at once, the first of all among them', async () => {
    const content = app.content(1000);
    const filename = await storeFile(app.running, content);
    const url = `${app.running.url}/files/${filename}`;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => receive(url)),
    );
    for (const { status, body } of answers) {
      expect([status, body.equals(content)]).toEqual([200, true]);
    }
    expect(derivations).toEqual(before);
  });
});

/**
 * Counts calls of scrypt, those that block included; and those that have come
 * back to the event loop, which one that blocks never does.
 */
function countDerivations(): { begun: number; ended: number } {
  const counts = { begun: 0, ended: 0 };
  const running = new Set<number>();
  createHook({
    init(id, type) {
      if (type !== 'SCRYPTREQUEST') return;
      counts.begun += 1;
      running.add(id);
    },
    before(id) {
      if (running.delete(id)) counts.ended += 1;
    },
  }).enable();
  return counts;
}
