import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import type { Drive } from './drive.js';
import { RecordingVisitor, type Said } from './recording-visitor.js';
import type { FileEntry, SharedLink } from './visitor.js';

const canary = (kind: string) => `${kind}-${randomBytes(9).toString('hex')}`;

const CONTENT = canary('content');
const NAME = canary('name');
const PASSWORD = canary('password');
const WRONG_PASSWORD = canary('wrong-password');
/** More than is verified in memory, so that temporary files are made. */
const BYTES = Buffer.alloc(600_000, `${CONTENT} `);
/** Of the drive; bytes. */
export const MAX_FILE_SIZE = 700_000;
const FORM = {
  'content-type': 'application/x-www-form-urlencoded',
  accept: 'text/html',
};

/** Uses a drive, and puts canaries wherever it takes a text. */
export class HostileUse {
  /** What all answers have said. */
  readonly said: Said = {
    headers: [],
    dispositions: [],
    cookies: [],
    answers: [],
    errors: [],
    statuses: new Set(),
  };
  readonly #drive: Drive;
  readonly #secrets: string[] = [CONTENT, NAME, PASSWORD, WRONG_PASSWORD];

  constructor(drive: Drive) {
    this.#drive = drive;
  }

  /** The canaries that are no names of files: for nobody at all. */
  readonly hidden = [CONTENT, PASSWORD, WRONG_PASSWORD] as const;

  /** All canaries, and the secrets and leases of links. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** Uploads, downloads, links, and what is refused of each. */
  async everything(): Promise<void> {
    const alice = await this.#signedIn('alice');
    const stranger = await this.#signedIn('bob');
    const file = await alice.store(BYTES, `${NAME}.txt`);
    await this.#download(alice, file);
    const path = `/api/files/${file.filename}`;
    await stranger.get(path);
    await stranger.delete(path);
    await refusedUploads(alice);
    const { id, path: linkPath } = await this.#share(alice, stranger, file);
    await alice.delete(`/api/links/${id}`);
    await stranger.get(linkPath);
    // One that stays, with its lease, in the database.
    await this.#share(alice, stranger, await alice.store(BYTES, NAME));
    await alice.delete(path);
    await alice.get(path);
    await stranger.delete('/api/account');
    await this.#breakOff(alice);
  }

  /** Damages a file in each way in which a store or a row can be wrong. */
  async damage(): Promise<void> {
    const alice = await this.#signedIn('alice');
    const filenames: string[] = [];
    for (let left = 5; left > 0; left -= 1) {
      filenames.push((await alice.store(BYTES, `${NAME}.txt`)).filename);
    }
    const [flipped, cut, lost, renamed, rekeyed] = filenames;
    await this.#change(flipped, (bytes) => bytes.fill(0, 300_000, 300_100));
    await this.#change(cut, (bytes) => bytes.subarray(0, 400_000));
    await rm(await this.#containerOf(lost));
    await this.onDatabase(async (database) => {
      const take = (column: string, to = '') =>
        database.query(
          `UPDATE files SET ${column} = (SELECT ${column} FROM files WHERE filename = ?) WHERE filename = ?`,
          [flipped, to],
        );
      await take('realname', renamed);
      await take('key', rekeyed);
    });
    await this.readAll(filenames);
  }

  /** Reads files of alice's in every way, whether that works or not. */
  async readAll(filenames: readonly string[]): Promise<void> {
    const alice = await this.#signedIn('alice');
    for (const filename of filenames) {
      const path = `/api/files/${filename}`;
      await alice.get(`${path}?delivery=temp-file`);
      await alice.get(`${path}?delivery=verify`);
      // Damage that is found late breaks the connection.
      await alice.get(`${path}?delivery=stream`).catch(() => undefined);
      await alice.post(`${path}/links`, { expiresIn: 60 });
    }
    await alice.list();
    await alice.upload(new File([BYTES], `${NAME}.txt`));
  }

  /** The drive's own database, while it runs or not. */
  async onDatabase<T>(use: (database: DataSource) => Promise<T>): Promise<T> {
    const database = await new DataSource({
      type: 'better-sqlite3',
      database: join(this.#drive.folder, 'drive.sqlite'),
    }).initialize();
    try {
      return await use(database);
    } finally {
      await database.destroy();
    }
  }

  async #signedIn(name: string): Promise<RecordingVisitor> {
    const visitor = new RecordingVisitor(this.#drive.url, this.said);
    await visitor.signIn(name);
    return visitor;
  }

  async #download(alice: RecordingVisitor, file: FileEntry): Promise<void> {
    const path = `/api/files/${file.filename}`;
    for (const delivery of ['temp-file', 'verify', 'stream']) {
      const whole = await alice.get(`${path}?delivery=${delivery}`);
      requireWhole(whole.bytes);
      await asked(alice, path, { range: 'bytes=70000-80000' });
    }
    await asked(alice, path, { 'if-none-match': '*' });
    await asked(alice, path, { 'if-match': '"another"' });
    await asked(alice, path, { range: 'bytes=9000000-' });
    await alice.request('HEAD', path);
    await alice.get('/api/files.zip');
    await alice.get(`${path}?delivery=${CONTENT}`);
  }

  async #share(
    alice: RecordingVisitor,
    stranger: RecordingVisitor,
    file: FileEntry,
  ): Promise<SharedLink> {
    const options = { password: PASSWORD, maxDownloads: 1 };
    const link = await alice.share(file, options);
    const { path, secret } = link;
    await stranger.get(path);
    const send = (password: string) =>
      stranger.request('POST', path, {
        body: new URLSearchParams({ password }),
        headers: FORM,
      });
    await send(WRONG_PASSWORD);
    await stranger.post(path, { password: WRONG_PASSWORD });
    requireWhole((await send(PASSWORD)).bytes);
    const lease = new RegExp(`download-link-${link.id}=([^;]+)`).exec(
      stranger.cookie,
    )?.[1];
    if (lease === undefined) throw new Error('The answer brought no lease.');
    this.#secrets.push(secret, lease);
    await asked(stranger, path, { range: 'bytes=0-99999' });
    await (await this.#signedIn('carol')).post(path, { password: PASSWORD });
    await alice.get(`/api/files/${file.filename}/links`);
    await alice.post(`/api/files/${file.filename}/links`, { expiresIn: NAME });
    await stranger.get(path.slice(0, -1));
    return link;
  }

  /** Transfers that end in the middle. */
  async #breakOff(alice: RecordingVisitor): Promise<void> {
    const { filename } = await alice.store(BYTES, `${NAME}.txt`);
    const { url } = this.#drive;
    const headers = { cookie: alice.cookie };
    const download = get(`${url}/api/files/${filename}`, { headers });
    const [answer] = (await once(download, 'response')) as [IncomingMessage];
    answer.destroy();
    const upload = request(`${url}/api/files`, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': 500_000,
      },
    });
    upload.on('error', () => undefined);
    const disposition = `form-data; name="file"; filename="${NAME}"`;
    upload.write(`--x\r\nContent-Disposition: ${disposition}\r\n\r\n`);
    await new Promise((resolve) => upload.write(BYTES.subarray(9999), resolve));
    upload.destroy();
  }

  async #change(
    filename: string | undefined,
    how: (bytes: Buffer) => Uint8Array,
  ): Promise<void> {
    const path = await this.#containerOf(filename);
    await writeFile(path, how(await readFile(path)));
  }

  async #containerOf(filename = 'none'): Promise<string> {
    const files = join(this.#drive.folder, 'files');
    const entries = await readdir(files, { recursive: true });
    const found = entries.find((entry) => entry.endsWith(filename));
    if (found === undefined) throw new Error('There is no such container.');
    return join(files, found);
  }
}

function requireWhole(bytes: Buffer): void {
  if (!bytes.equals(BYTES)) throw new Error('A download was not the file.');
}

async function refusedUploads(alice: RecordingVisitor): Promise<void> {
  const tooLarge = Buffer.alloc(MAX_FILE_SIZE + 1, `${CONTENT} `);
  await alice.upload(new File([tooLarge], `${NAME}.txt`));
  await alice.upload(new File([BYTES], NAME.repeat(300)));
  const body = new FormData();
  body.append(NAME, new File([BYTES], NAME));
  await alice.request('POST', '/api/files', { body });
  await alice.request('POST', '/api/files', {
    body: `--x\r\n${CONTENT}`,
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  await alice.post(`/api/files/${NAME}`, { [CONTENT]: PASSWORD });
}

function asked(
  visitor: RecordingVisitor,
  path: string,
  headers: Record<string, string>,
): Promise<unknown> {
  return visitor.request('GET', path, { headers });
}
