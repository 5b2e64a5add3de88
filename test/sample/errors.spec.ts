import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Drive, useSample } from './drive.js';
import { type Answer, Visitor } from './visitor.js';

interface ErrorBody {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };

const sample = useSample();
let drive: Drive;
let alice: Visitor;
beforeAll(async () => {
  drive = await sample.open();
  alice = await Visitor.signedIn(drive.url, 'alice');
});

/** Stores a file and returns the path of its container. */
async function storeSecret(): Promise<{ filename: string; path: string }> {
  const { filename } = await alice.store('content', 'secret-name.txt');
  const files = join(drive.folder, 'files');
  const entries = await readdir(files, { recursive: true });
  const path = entries.find((entry) => entry.endsWith(filename));
  if (path === undefined) throw new Error('the container was not found');
  return { filename, path: join(files, path) };
}

async function storeDamaged(): Promise<string> {
  const { filename, path } = await storeSecret();
  const bytes = await readFile(path);
  bytes.fill(0, bytes.length - 8);
  await writeFile(path, bytes);
  return filename;
}

async function storeLost(): Promise<string> {
  const { filename, path } = await storeSecret();
  await rm(path);
  return filename;
}

function expectError(answer: Answer, status: number): ErrorBody {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  const body = answer.json() as ErrorBody;
  expect(body.statusCode).toBe(status);
  expect(body.code).toMatch(/^[A-Z][A-Z_]+$/);
  expect(body.message).toMatch(/\S/);
  return body;
}

describe('an error of the client', () => {
  it.each([
    ['an address where nothing is', 404, 'GET', '/api/nothing/here', undefined],
    ['a page that is not there', 404, 'GET', '/nothing.html', undefined],
    ['a method that is not there', 404, 'PUT', '/api/files', undefined],
    ['JSON that is cut off', 400, 'POST', '/api/session', '{"name":"secret-n'],
    ['JSON that is no object', 400, 'POST', '/api/session', '"secret-name"'],
    ['no body', 400, 'POST', '/api/session', ''],
    ['an address that is no URL', 400, 'GET', '/api/files/%ff', undefined],
    [
      'a body that is too large',
      413,
      'POST',
      '/api/session',
      JSON.stringify({ name: 'a'.repeat(200_000) }),
    ],
  ] as const)(
    'has the one shape: %s',
    async (_what, status, method, path, body) => {
      const answer = await alice.request(method, path, {
        ...(body !== undefined && { body, headers: JSON_TYPE }),
      });
      const error = expectError(answer, status);
      expect(Object.keys(error).toSorted()).toEqual([
        'code',
        'message',
        'statusCode',
      ]);
      expect(JSON.stringify(error)).not.toMatch(/secret|nothing|%ff/);
    },
  );
});

describe('an error of the server', () => {
  it('tells nobody what it is, and the log under its reference', async () => {
    const damaged = await storeDamaged();
    const lost = await storeLost();
    const bodies = [];
    for (const filename of [damaged, lost]) {
      const answer = await alice.get(`/api/files/${filename}`);
      const body = expectError(answer, 500);
      const reference = referenceIn(body.message);
      expect(drive.printed()).toContain(reference);
      bodies.push({ ...body, message: body.message.replace(reference, '') });
    }
    expect(bodies[0]).toEqual(bodies[1]);
  });

  it('holds no path, key or real name', async () => {
    const filename = await storeDamaged();
    const answer = await alice.get(`/api/files/${filename}`);
    const text = answer.bytes.toString();
    const key = await readFile(join(drive.folder, 'development-key'), 'utf8');
    for (const secret of [drive.folder, 'secret-name', key.trim(), filename]) {
      expect(text).not.toContain(secret);
      expect(text.length).toBeGreaterThan(10);
    }
  });

  it('leaves the drive open', async () => {
    await alice.get(`/api/files/${await storeDamaged()}`);
    const { filename } = await alice.store('sound', 'sound.txt');
    const answer = await alice.get(`/api/files/${filename}`);
    expect(answer.bytes.toString()).toBe('sound');
  });
});

describe('the health of the drive', () => {
  it('is told without a session', async () => {
    const answer = await new Visitor(drive.url).get('/health');
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ status: 'ok' });
  });
});

function referenceIn(message: string): string {
  const [reference] = /[0-9a-f-]{36}/.exec(message) ?? [];
  if (reference === undefined) throw new Error(`no reference in: ${message}`);
  return reference;
}
