import {
  type ChildProcess,
  execFile,
  spawn,
  spawnSync,
} from 'node:child_process';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWNER } from '../e2e/documents.js';
import { eventually } from '../e2e/eventually.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import { ADAPTERS, DELIVERIES, Downloads } from './download-server.js';

const MEBI = 1024 * 1024;
const SIZE = 100 * MEBI;
/** Slow enough to be still under way when it is stopped. */
const SLOWLY = ['--limit-rate', '20M'];

const curl = { tags: ['curl' as const] };
const missing = spawnSync('curl', ['--version']).error !== undefined;

// D-21
describe.skipIf(missing).each(ADAPTERS)('curl at %s', curl, (_, parts) => {
  const running = useRunningApp({ controllers: [Downloads], ...parts });
  let folder = '';
  let filename = '';
  let sha256 = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resumed-'));
    const hash = createHash('sha256');
    const upload = await running.encryption.encryptUpload(
      Readable.from(content(hash)),
      { name: 'large.bin', type: 'application/octet-stream' },
    );
    ({ filename } = await running.encryption.save(upload, OWNER));
    sha256 = hash.digest('hex');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([...DELIVERIES.map((one) => `?delivery=${one}`), '/decrypted'])(
    'that was killed resumes a download by %s',
    async (way) => {
      const target = join(folder, randomBytes(8).toString('hex'));
      const url = `${running.url}/files/${filename}${way}`;
      await interrupted(url, target);
      const { size } = await stat(target);
      expect(size).toBeLessThan(SIZE);
      expect(await resumed(url, target)).toBe(`206 ${SIZE - size}`);
      expect(await hashOf(target)).toBe(sha256);
      await expectNothingOpen(running);
    },
  );
});

/** The same at each byte as its position demands, without being held. */
function* content(hash: ReturnType<typeof createHash>): Generator<Buffer> {
  const cipher = createCipheriv(
    'aes-128-ctr',
    Buffer.alloc(16),
    randomBytes(16),
  );
  const zeros = Buffer.alloc(MEBI);
  for (let made = 0; made < SIZE; made += MEBI) {
    const chunk = cipher.update(zeros);
    hash.update(chunk);
    yield chunk;
  }
}

/** Begins a download, and kills curl when a part of it is there. */
async function interrupted(url: string, target: string): Promise<void> {
  const args = ['--silent', '--show-error', ...SLOWLY, '--output', target, url];
  const child: ChildProcess = spawn('curl', args, { stdio: 'ignore' });
  const ended = once(child, 'exit');
  try {
    await eventually(async () => {
      expect((await stat(target)).size).toBeGreaterThan(3 * MEBI);
    });
  } finally {
    child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
}

/** @returns status, and bytes of the answer. */
async function resumed(url: string, target: string): Promise<string> {
  const report = ['--write-out', '%{http_code} %{size_download}'];
  const how = ['--silent', '--show-error', '--fail', '--continue-at', '-'];
  const args = [...how, ...report, '--output', target, url];
  const { stdout } = await promisify(execFile)('curl', args);
  return stdout;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
