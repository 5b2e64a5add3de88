import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import {
  type ClientRequest,
  get,
  type IncomingMessage,
  request,
} from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { readZip } from '../download/zip-reader.js';
import { eventually } from '../e2e/eventually.js';
import { FORM_TYPE, formBytes } from '../e2e/form.js';
import { type Drive, useSample } from './drive.js';
import { refusing } from './refusing.js';
import { type FileEntry, Visitor } from './visitor.js';

/** More than the buffers of both ends of a connection can hold. */
const CONTENT = randomBytes(16 * 1024 * 1024);

/** Pieces in which an upload goes on after the signal. */
const PIECES = 40;

const sample = useSample();

/** A drive with a folder for temporary files of its own. */
function openIn(folder: string): Promise<Drive> {
  return sample.open({
    DRIVE_DIR: folder,
    FILE_ENCRYPTOR_TMP_DIR: join(folder, 'tmp'),
  });
}

/** An answer that has begun, and that nobody reads. */
async function begun({ url }: Drive, path: string, cookie: string) {
  const sent = get(url + path, { headers: { cookie } });
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  return answer;
}

const FORM = formBytes([
  { disposition: 'name="file"; filename="slow.bin"', content: CONTENT },
]);

/** An upload of which the first half has been sent. */
async function halfSent({ url }: Drive, cookie: string) {
  const sent = request(`${url}/api/files`, {
    method: 'POST',
    headers: {
      cookie,
      'content-type': FORM_TYPE,
      'content-length': FORM.length,
    },
  });
  // Whoever waits for the answer learns of it as well.
  sent.on('error', () => undefined);
  await written(sent, FORM.subarray(0, FORM.length / 2));
  return sent;
}

function written(sent: ClientRequest, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    sent.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Sends the second half, piece by piece. */
async function finish(sent: ClientRequest): Promise<FileEntry[]> {
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  const rest = FORM.subarray(FORM.length / 2);
  const length = Math.ceil(rest.length / PIECES);
  for (let at = 0; at < rest.length; at += length) {
    await written(sent, rest.subarray(at, at + length));
  }
  sent.end();
  const [answer] = await answered;
  expect(answer.statusCode).toBe(201);
  return JSON.parse(String(await buffer(answer))) as FileEntry[];
}

/** Names of the files in the store. */
async function stored(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, 'files'), {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .toSorted();
}

describe('SIGTERM', { timeout: 60_000 }, () => {
  it('brings all transfers to their right end, slow ones too, and leaves nothing temporary', async () => {
    const folder = await sample.folder();
    const drive = await openIn(folder);
    const alice = await Visitor.signedIn(drive.url, 'alice');
    const { filename } = await alice.store(CONTENT, 'large.bin');
    const path = `/api/files/${filename}`;
    const answers = await Promise.all(
      ['temp-file', 'verify', 'stream'].map((delivery) =>
        begun(drive, `${path}?delivery=${delivery}`, alice.cookie),
      ),
    );
    const zip = await begun(drive, '/api/files.zip', alice.cookie);
    const upload = await halfSent(drive, alice.cookie);
    await eventually(async () => expect(await stored(folder)).toHaveLength(2));

    drive.process.kill('SIGTERM');
    await refusing(drive);

    // At once: the drive waits for nine seconds.
    const [[slow], packed, ...bodies] = await Promise.all([
      finish(upload),
      buffer(zip),
      ...answers.map((answer) => buffer(answer)),
    ]);
    for (const body of bodies) expect(CONTENT.equals(body)).toBe(true);
    const [member] = await readZip(packed);
    expect(member && CONTENT.equals(member.content)).toBe(true);
    expect(await drive.ended).toMatchObject({ code: 0, signal: null });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    expect(await stored(folder)).toEqual([filename, slow?.filename].toSorted());

    const next = await openIn(folder);
    const again = await Visitor.signedIn(next.url, 'alice');
    const { bytes } = await again.get(`/api/files/${slow?.filename}`);
    expect(CONTENT.equals(bytes)).toBe(true);
  });

  it('cuts off what does not come to its end, and leaves nothing of it', async () => {
    const folder = await sample.folder();
    const drive = await openIn(folder);
    const alice = await Visitor.signedIn(drive.url, 'alice');
    const { filename } = await alice.store(CONTENT, 'large.bin');
    const download = await begun(drive, `/api/files/${filename}`, alice.cookie);
    const upload = await halfSent(drive, alice.cookie);
    const cut = once(upload, 'error');
    await eventually(async () => expect(await stored(folder)).toHaveLength(2));

    drive.process.kill('SIGTERM');

    expect(await drive.ended).toMatchObject({ code: 0, signal: null });
    await cut;
    await expect(buffer(download)).rejects.toThrow('aborted');
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
    expect(await stored(folder)).toEqual([filename]);
    expect(drive.printed()).toMatch(/Ending: .+ 9 seconds/);
    expect(drive.printed()).toContain('Connections that were cut off: 2.');
  });
});
