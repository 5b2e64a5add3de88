import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Drive, useSample } from './drive.js';
import { type FileEntry, Visitor } from './visitor.js';

const MAX_FILE_SIZE = 200_000;

const sample = useSample();
let drive: Drive;
let alice: Visitor;
let bob: Visitor;
let visits = 0;

beforeAll(async () => {
  drive = await sample.open({ MAX_FILE_SIZE: String(MAX_FILE_SIZE) });
});
beforeEach(async () => {
  visits += 1;
  alice = await Visitor.signedIn(drive.url, `alice ${visits}`);
  bob = await Visitor.signedIn(drive.url, `bob ${visits}`);
});

/** The encrypted files on disk, as paths in the data directory. */
async function containers(): Promise<string[]> {
  const entries = await readdir(join(drive.folder, 'files'), {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((one) => one.isFile()).map(({ name }) => name);
}

describe('an upload', () => {
  it('is answered with what was stored', async () => {
    const before = Date.now();
    const answer = await alice.upload(
      new File(['hello'], 'notes.txt', { type: 'text/plain' }),
    );
    expect(answer.status).toBe(201);
    const [file, ...others] = answer.json() as FileEntry[];
    expect(others).toEqual([]);
    expect(file).toEqual({
      filename: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      name: 'notes.txt',
      type: 'text/plain',
      size: 5,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    });
    const createdAt = Date.parse(file?.createdAt ?? '');
    expect(createdAt).toBeGreaterThanOrEqual(before);
    expect(createdAt).toBeLessThanOrEqual(Date.now());
  });

  it('may carry several files', async () => {
    const names = ['a.txt', 'b.txt', 'c.txt'];
    const answer = await alice.upload(
      ...names.map((name) => new File([name], name)),
    );
    expect(answer.status).toBe(201);
    expect((answer.json() as FileEntry[]).map(({ name }) => name)).toEqual(
      names,
    );
    expect(await alice.list()).toHaveLength(3);
  });

  it('may carry a hundred files, and not one more', async () => {
    const files = Array.from({ length: 100 }, () => new File(['x'], 'x.txt'));
    const more = [...files, new File(['x'], 'x.txt')];
    expect((await alice.upload(...more)).status).toBe(400);
    expect(await alice.list()).toEqual([]);
    expect((await alice.upload(...files)).status).toBe(201);
    expect(await alice.list()).toHaveLength(100);
  });

  it('without a file is refused', async () => {
    const body = new FormData();
    body.append('note', 'no file');
    const answer = await alice.request('POST', '/api/files', { body });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'UPLOAD_MISSING' });
  });

  it('in another field is refused, and leaves nothing', async () => {
    const before = await containers();
    const body = new FormData();
    body.append('other', new File(['x'], 'x.txt'));
    const answer = await alice.request('POST', '/api/files', { body });
    expect(answer.status).toBe(400);
    expect(await containers()).toEqual(before);
  });

  it('is taken up to the limit', async () => {
    const content = new Uint8Array(MAX_FILE_SIZE).fill(65);
    const { size } = await alice.store(content, 'full.txt');
    expect(size).toBe(MAX_FILE_SIZE);
  });

  it('beyond the limit is refused, and leaves nothing', async () => {
    const before = await containers();
    const small = new File(['x'], 'small.txt');
    const large = new File([Buffer.alloc(MAX_FILE_SIZE + 1)], 'large.txt');
    const answer = await alice.upload(small, large);
    expect(answer.status).toBe(413);
    expect(answer.json()).toMatchObject({ code: 'UPLOAD_TOO_LARGE' });
    expect(await alice.list()).toEqual([]);
    await expect.poll(containers).toEqual(before);
  });

  it('without a session is refused before anything is stored', async () => {
    const before = await containers();
    const answer = await new Visitor(drive.url).upload(
      new File([Buffer.alloc(MAX_FILE_SIZE)], 'x.bin'),
    );
    expect(answer.status).toBe(401);
    expect(await containers()).toEqual(before);
  });

  it('leaves no plaintext on the disk, neither content nor name', async () => {
    await alice.store('a sentence to look for', 'a name to look for.txt');
    const entries = await readdir(drive.folder, {
      recursive: true,
      withFileTypes: true,
    });
    for (const entry of entries.filter((one) => one.isFile())) {
      const bytes = await readFile(join(entry.parentPath, entry.name));
      expect(bytes.includes('to look for')).toBe(false);
    }
    expect(entries.length).toBeGreaterThan(3);
  });
});

describe('the list', () => {
  it('has the newest first', async () => {
    for (const name of ['1', '2', '3']) await alice.store(name, name);
    expect((await alice.list()).map(({ name }) => name)).toEqual([
      '3',
      '2',
      '1',
    ]);
  });

  it('says the same as the upload did', async () => {
    const stored = await alice.store('hello', 'notes.txt');
    expect(await alice.list()).toEqual([stored]);
  });

  it('has only the files of the one who asks', async () => {
    await alice.store('a', 'of alice.txt');
    await bob.store('b', 'of bob.txt');
    expect((await alice.list()).map(({ name }) => name)).toEqual([
      'of alice.txt',
    ]);
    expect((await bob.list()).map(({ name }) => name)).toEqual(['of bob.txt']);
  });
});

describe('a download', () => {
  it.each([
    ['a short text', 'hello', 'notes.txt'],
    ['an empty file', '', 'empty.txt'],
    ['several segments', 'x'.repeat(150_001), 'long.txt'],
    ['letters of many kinds in its name', 'hello', '報告 é😀.txt'],
  ])('brings back %s', async (_what, content, name) => {
    const { filename, name: kept } = await alice.store(content, name);
    const answer = await alice.get(`/api/files/${filename}`);
    expect(kept).toBe(name);
    expect(answer.status).toBe(200);
    expect(answer.bytes.toString()).toBe(content);
    expect(answer.headers.get('content-length')).toBe(String(content.length));
    const disposition = answer.headers.get('content-disposition') ?? '';
    expect(disposition).toMatch(/^attachment/);
    expect(nameIn(disposition)).toBe(name);
  });

  it.each(['stream', 'verify', 'temp-file'])(
    'can be delivered by %s',
    async (delivery) => {
      const content = 'y'.repeat(150_001);
      const { filename } = await alice.store(content, 'y.txt');
      const answer = await alice.get(
        `/api/files/${filename}?delivery=${delivery}`,
      );
      expect(answer.status).toBe(200);
      expect(answer.bytes.toString()).toBe(content);
    },
  );

  it.each(['?delivery=fast', '?delivery=', '?delivery=verify&delivery=stream'])(
    'is refused with %s',
    async (query) => {
      const { filename } = await alice.store('x', 'x.txt');
      const answer = await alice.get(`/api/files/${filename}${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ code: 'DELIVERY_INVALID' });
    },
  );

  it('is shown in the browser when that is asked for', async () => {
    const { filename } = await alice.store('hello', 'notes.txt');
    const answer = await alice.get(`/api/files/${filename}?inline=1`);
    expect(answer.headers.get('content-disposition')).toMatch(/^inline/);
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
  });

  it('of markup is never shown in the browser', async () => {
    const page = '<script>alert(1)</script>';
    const { filename } = await alice.store(page, 'a.html', 'text/html');
    const answer = await alice.get(`/api/files/${filename}?inline=1`);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
  });

  it('finds nothing of others, and nothing that is not there', async () => {
    const { filename } = await alice.store('x', 'x.txt');
    for (const path of [filename, '0'.repeat(32), '..%2f..%2fcookie-secret']) {
      const answer = await bob.get(`/api/files/${path}`);
      expect(answer.status).toBe(404);
      expect(answer.json()).toMatchObject({ code: 'FILE_NOT_FOUND' });
    }
  });
});

describe('a deletion', () => {
  it('removes the row and the encrypted file', async () => {
    const { filename } = await alice.store('x', 'x.txt');
    expect(await containers()).toContain(filename);
    const answer = await alice.delete(`/api/files/${filename}`);
    expect(answer.status).toBe(204);
    expect(answer.bytes).toHaveLength(0);
    expect(await alice.list()).toEqual([]);
    expect(await containers()).not.toContain(filename);
    expect((await alice.get(`/api/files/${filename}`)).status).toBe(404);
  });

  it('finds nothing of others, and nothing twice', async () => {
    const { filename } = await alice.store('x', 'x.txt');
    expect((await bob.delete(`/api/files/${filename}`)).status).toBe(404);
    expect(await alice.list()).toHaveLength(1);
    expect((await alice.delete(`/api/files/${filename}`)).status).toBe(204);
    expect((await alice.delete(`/api/files/${filename}`)).status).toBe(404);
  });
});

/** The name in the parameter `filename*` or else `filename`. */
function nameIn(disposition: string): string | undefined {
  const extended = /filename\*=UTF-8''([^;]+)/.exec(disposition)?.[1];
  if (extended !== undefined) return decodeURIComponent(extended);
  return /filename="?([^";]+)"?/.exec(disposition)?.[1];
}
