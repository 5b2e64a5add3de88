import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadZip, FileNotFoundError } from 'nestjs-file-encryptor';
import { pattern } from '../core/floe/pattern.js';
import { readZip } from '../download/zip-reader.js';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  storeFile,
} from '../download/download-server.js';
import { Document, DocumentToken, OWNER } from '../e2e/documents.js';
import { receive } from '../e2e/http-client.js';
import { expectNothingOpen } from '../e2e/nothing-open.js';
import { useRunningApp } from '../e2e/running-app.js';
import { describeDatabases, type TestDatabase } from '../databases.js';
import {
  newName,
  type OldApplication,
  oldName,
  useOldApplications,
  WRITTEN_AT,
  writeOldFile,
} from './old-application.js';

const LARGE = 300_001;
/** Longer than what is verified in memory, and with a filling. */
const CONTENT = pattern(LARGE);
const SIZES = [0, 1, 15, 16, 65_536, LARGE];

/** Bytes of a file, as `Range` names them, and where they begin and end. */
const RANGES = [
  ['0-0', 0, 1],
  ['15-16', 15, 17],
  ['65530-65545', 65_530, 65_546],
  ['-5', LARGE - 5, LARGE],
  ['100-', 100, LARGE],
] as const;

describeDatabases((database) => {
  // What differs between databases does not differ between HTTP adapters.
  const adapters =
    database.name === 'better-sqlite3' ? ADAPTERS : ADAPTERS.slice(0, 1);
  describe.each(adapters)('an old file on %s', (_, parts) => {
    describeOldFiles(database, parts);
  });
});

function describeOldFiles(
  database: TestDatabase,
  parts: (typeof ADAPTERS)[number][1],
): void {
  const make = useOldApplications(database);
  let old: OldApplication;
  let token: string;
  let large: string;
  let before: string;
  beforeAll(async () => {
    old = await make();
    token = await old.addToken(OWNER.userId);
    large = await old.addFile({ token, content: CONTENT, name: 'a.pdf' });
  });
  const running = useRunningApp({
    controllers: [Downloads],
    database: () => database.create([Document, DocumentToken]),
    ...parts,
    get options() {
      return { flask: { ...old.options, owner: 'userId' } };
    },
  });
  const urlOf = (filename: string, rest = '') =>
    `${running.url}/files/${filename}${rest}`;
  const find = (filename: string) => running.encryption.find(filename, OWNER);
  /** A file that was encrypted with another token than its user has. */
  const misplaced = async (content = CONTENT): Promise<string> => {
    const filename = await old.addFile({ token: newName(), content });
    return filename;
  };

  it('is warned of at the start', () => {
    const warnings = running.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.text).toMatch(/option flask is on/);
  });

  it.each(SIZES)('of %i bytes is sent in every delivery', async (size) => {
    const content = pattern(size);
    const filename = await old.addFile({ token, content });
    for (const delivery of DELIVERIES) {
      const answer = await receive(urlOf(filename, `?delivery=${delivery}`));
      expect(answer).toMatchObject({ status: 200, broken: false });
      expect(answer.headers['content-length']).toBe(String(size));
      expect(answer.body.equals(content)).toBe(true);
    }
  });

  it.each(RANGES)('is sent in part: %s', async (range, start, end) => {
    const headers = { Range: `bytes=${range}` };
    for (const delivery of DELIVERIES) {
      const url = urlOf(large, `?delivery=${delivery}`);
      const { status, body } = await receive(url, { headers });
      expect(status).toBe(206);
      expect(body.equals(CONTENT.subarray(start, end))).toBe(true);
    }
  });

  it('is described by HEAD, known again by its tag, and out of range', async () => {
    const head = await receive(urlOf(large), { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers).toMatchObject({
      'content-length': String(LARGE),
      'last-modified': new Date(WRITTEN_AT).toUTCString(),
      'accept-ranges': 'bytes',
    });
    const tag = { 'If-None-Match': String(head.headers.etag) };
    expect((await receive(urlOf(large), { headers: tag })).status).toBe(304);
    const past = { Range: `bytes=${LARGE}-` };
    expect((await receive(urlOf(large), { headers: past })).status).toBe(416);
  });

  it('is attached as bytes, whatever is asked and whatever it holds', async () => {
    const content = Buffer.from('just text');
    const filename = await old.addFile({ token, content, name: 'a.txt' });
    const { headers } = await receive(urlOf(filename, '?disposition=inline'));
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(headers['content-disposition']).toMatch(/^attachment.*a\.txt/);
  });

  it('has the name that it had, of which a safe form is offered', async () => {
    const name = '../../etc/a "b"\r\nX: 1.txt';
    const filename = await old.addFile({ token, name });
    expect((await find(filename)).name).toBe(name);
    const { status, headers } = await receive(urlOf(filename));
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('x');
    expect(headers['content-disposition']).toMatch(/filename="a _b_X_ 1\.txt"/);
  });

  it('is decrypted into a file', async () => {
    await using file = await (await find(large)).decrypt();
    expect((await buffer(file.createReadStream())).equals(CONTENT)).toBe(true);
    const answer = await receive(urlOf(large, '/decrypted'));
    expect(answer.body.equals(CONTENT)).toBe(true);
  });

  it('is packed with others', async () => {
    const filename = await storeFile(running, Buffer.from('new'));
    const files = [await find(large), await find(filename)];
    const zip = await buffer(downloadZip(files).createReadStream());
    const contents = (await readZip(zip)).map(({ content }) => content);
    expect(contents[0]?.equals(CONTENT)).toBe(true);
    expect(contents[1]?.toString()).toBe('new');
  });

  it('is marked, and a new one is not', async () => {
    const found = await find(large);
    expect(found.authenticated).toBe(false);
    expect(found.as({ delivery: 'stream' }).authenticated).toBe(false);
    expect(found.row).toMatchObject({ ...OWNER, filename: large });
    expect(found.toJSON()).toEqual({
      filename: large,
      name: 'a.pdf',
      type: 'application/octet-stream',
      size: LARGE,
      createdAt: new Date(WRITTEN_AT).toISOString(),
      authenticated: false,
    });
    const kept = await find(await storeFile(running, Buffer.from('new')));
    expect(kept.authenticated).toBe(true);
    expect(kept.toJSON()).not.toHaveProperty('authenticated');
  });

  it.each(['temp-file', 'verify'] as const)(
    'with a wrong filling is an error before the first byte: %s',
    async (delivery) => {
      const filename = await misplaced();
      for (const range of [undefined, 'bytes=0-9', `bytes=0-${LARGE - 99}`]) {
        const url = urlOf(filename, `?delivery=${delivery}`);
        const headers: Record<string, string> = range ? { Range: range } : {};
        const { status, body } = await receive(url, { headers });
        expect(status).toBe(500);
        expect(JSON.parse(String(body))).toMatchObject({
          code: 'INTERNAL_ERROR',
        });
      }
      await expect((await find(filename)).verify()).rejects.toThrow(
        new RegExp(`^File ${filename}: .*something else than spaces`),
      );
    },
  );

  it('with a wrong filling is never complete: stream', async () => {
    const url = urlOf(await misplaced(), '?delivery=stream');
    const whole = await receive(url);
    expect(whole.broken).toBe(true);
    expect(whole.body.length).toBeLessThan(LARGE);
    const headers = { Range: 'bytes=0-9' };
    expect((await receive(url, { headers })).status).toBe(500);
  });

  it('that has changed since it was looked up is an error', async () => {
    const content = pattern(100);
    const filename = await old.addFile({ token, content });
    const found = await find(filename);
    await writeOldFile(join(old.dataDir, filename), {
      content: pattern(200),
      token,
    });
    await expect(buffer(found.createReadStream())).rejects.toThrow(
      /longer or shorter since/,
    );
  });

  it('cannot be read outside of itself', async () => {
    const stream = (await find(large)).createReadStream({
      start: 0,
      end: LARGE + 1,
    });
    await expect(buffer(stream)).rejects.toThrow(RangeError);
  });

  it('that is gone is an error of its own', async () => {
    const filename = await old.addFile({ token });
    await rm(join(old.dataDir, filename));
    await expect(find(filename)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
  });

  it('of another user is not found, as none is', async () => {
    const theirs = await old.addToken(2);
    const filename = await old.addFile({ token: theirs, user: 2 });
    const none = await receive(urlOf(newName()));
    const answer = await receive(urlOf(filename));
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual(none.body);
    const found = await running.encryption.find(filename, { userId: 2 });
    expect(found.authenticated).toBe(false);
  });

  it('is not found where somebody has a new one of its filename', async () => {
    const { encryption } = running;
    const facts = { name: 'b.txt', type: 'text/plain' };
    const upload = await encryption.encryptUpload(bytes('new'), facts);
    const { filename } = await encryption.save(upload, { userId: 2 });
    await old.addFile({ token, filename });
    await expect(find(filename)).rejects.toThrow(FileNotFoundError);
  });

  it('of nobody is not found', async () => {
    const filename = await old.addRow({ user: null, realname: oldName('a') });
    await expect(find(filename)).rejects.toThrow(FileNotFoundError);
  });

  it('is neither listed nor removed nor erased', async () => {
    const { encryption } = running;
    before = await old.state();
    const listed = await encryption.list(OWNER);
    expect(listed.every(({ authenticated }) => authenticated)).toBe(true);
    await expect(encryption.remove(large, OWNER)).rejects.toThrow(
      FileNotFoundError,
    );
    await encryption.erase(OWNER);
    expect((await find(large)).authenticated).toBe(false);
    expect(await old.state()).toBe(before);
  });

  it('is told in the log once, without its name', async () => {
    const filename = await old.addFile({ token, name: 'canary.txt' });
    running.log.clear();
    for (let i = 0; i < 3; i += 1) await receive(urlOf(filename));
    expect(running.log.lines).toHaveLength(1);
    expect(running.log.text).toContain(filename);
    expect(running.log.text).not.toMatch(`canary|${token}|${old.dataDir}`);
  });

  afterAll(() => expectNothingOpen(running));
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
