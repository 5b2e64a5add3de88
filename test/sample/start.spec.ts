import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useSample } from './drive.js';
import { Visitor } from './visitor.js';

const sample = useSample();

const newKey = () => randomBytes(32).toString('hex');

describe('the first start', () => {
  it('makes a development key for its owner alone, and says so', async () => {
    const drive = await sample.open();
    const path = join(drive.folder, 'development-key');
    expect(await readFile(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(drive.printed()).toContain(path);
    expect(drive.printed()).toMatch(/development key/);
    expect(drive.printed()).toMatch(/FILE_ENCRYPTOR_GLOBAL_KEY/);
    expect(drive.printed()).not.toMatch(/[0-9a-f]{64}/);
  });

  it('keeps everything in one folder that only its owner can open', async () => {
    const folder = join(await sample.folder(), 'new', 'drive');
    const drive = await sample.open({ DRIVE_DIR: folder });
    await (await Visitor.signedIn(drive.url, 'alice')).store('x', 'x.txt');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const names = await readdir(folder);
    expect(names).toEqual(
      expect.arrayContaining([
        'cookie-secret',
        'development-key',
        'drive.sqlite',
        'files',
      ]),
    );
    const mode = (await stat(join(folder, 'cookie-secret'))).mode & 0o777;
    expect(mode).toBe(0o600);
    expect(names.filter((name) => name.endsWith('.draft'))).toEqual([]);
  });

  it('of two processes at once makes one key', async () => {
    const DRIVE_DIR = await sample.folder();
    // Each has a database of its own: what it wrote with its key can be read
    // later only if that is the key in the folder.
    const variables = ['one.sqlite', 'two.sqlite'].map((name) => ({
      DRIVE_DIR,
      DATABASE_URL: join(DRIVE_DIR, name),
    }));
    const drives = await Promise.all(variables.map((one) => sample.open(one)));
    const stored = await Promise.all(
      drives.map(async ({ url }) =>
        (await Visitor.signedIn(url, 'alice')).store('shared', 'x.txt'),
      ),
    );
    for (const drive of drives) drive.process.kill('SIGTERM');
    await Promise.all(drives.map(({ ended }) => ended));
    const later = await Promise.all(variables.map((one) => sample.open(one)));
    for (const [index, { url }] of later.entries()) {
      const alice = await Visitor.signedIn(url, 'alice');
      const answer = await alice.get(`/api/files/${stored[index]?.filename}`);
      expect(answer.bytes.toString()).toBe('shared');
    }
  });
});

describe('a later start', () => {
  it('refuses to make a second key for a drive that has files', async () => {
    const FILE_ENCRYPTOR_GLOBAL_KEY = newKey();
    const first = await sample.open({ FILE_ENCRYPTOR_GLOBAL_KEY });
    first.process.kill('SIGTERM');
    await first.ended;
    const { code, stderr } = await sample.run({ DRIVE_DIR: first.folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The drive has files, and the key .*\n$/);
    expect(await readdir(first.folder)).not.toContain('development-key');
  });

  it('finds files, users and sessions again', async () => {
    const first = await sample.open();
    const alice = await Visitor.signedIn(first.url, 'alice');
    const { filename } = await alice.store('still here', 'x.txt');
    first.process.kill('SIGTERM');
    await first.ended;
    const second = await sample.open({ DRIVE_DIR: first.folder });
    const answer = await fetch(`${second.url}/api/files/${filename}`, {
      headers: { cookie: alice.cookie },
    });
    expect(await answer.text()).toBe('still here');
  });
});

describe('the configuration', () => {
  it('with a global key makes no development key, and warns of none', async () => {
    const FILE_ENCRYPTOR_GLOBAL_KEY = newKey();
    const drive = await sample.open({ FILE_ENCRYPTOR_GLOBAL_KEY });
    await expect(
      access(join(drive.folder, 'development-key')),
    ).rejects.toMatchObject({ code: 'ENOENT' });
    expect(drive.printed()).not.toContain('development key');
    expect(drive.printed()).not.toContain(FILE_ENCRYPTOR_GLOBAL_KEY);
  });

  it('can put the database and the files elsewhere', async () => {
    const elsewhere = await sample.folder();
    const drive = await sample.open({
      DATABASE_URL: join(elsewhere, 'rows.sqlite'),
      FILE_ENCRYPTOR_DATA_DIR: join(elsewhere, 'containers'),
    });
    await (await Visitor.signedIn(drive.url, 'alice')).store('x', 'x.txt');
    expect(await readdir(elsewhere)).toEqual(
      expect.arrayContaining(['rows.sqlite', 'containers']),
    );
    const inside = await readdir(drive.folder);
    expect(inside.toSorted()).toEqual(['cookie-secret', 'development-key']);
  });

  it('takes an empty variable for one that is not set', async () => {
    const drive = await sample.open({
      HOST: '',
      DATABASE_URL: '',
      MAX_FILE_SIZE: '',
      FILE_ENCRYPTOR_GLOBAL_KEY: '',
    });
    expect(drive.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await readdir(drive.folder)).toContain('development-key');
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['MAX_FILE_SIZE', '000'],
    ['MAX_FILE_SIZE', '1.5e9'],
    ['IDLE_TIMEOUT', '000'],
    ['IDLE_TIMEOUT', '86401'],
    ['PUBLIC_URL', 'drive.example'],
    ['PUBLIC_URL', 'ftp://drive.example/'],
    ['PUBLIC_URL', 'https://system:hunter2@drive.example/'],
    ['DATABASE_URL', 'oracle://system:hunter2@localhost/drive'],
    ['DATABASE_URL', 'postgres://system:hunter2@[nowhere/drive'],
    ['FILE_ENCRYPTOR_GLOBAL_KEY', 'correct horse battery staple'],
    ['FILE_ENCRYPTOR_GLOBAL_KEY', '0123456789abcdef'.repeat(4)],
    ['FILE_ENCRYPTOR_CHUNK_SIZE', 'large'],
  ])(
    'with a broken %s ends in one line that does not repeat it: %s',
    async (name, value) => {
      const { code, stdout, stderr } = await sample.run({ [name]: value });
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^[^\n]+\n$/);
      expect(stderr).toContain(name);
      expect(stderr).not.toContain(value);
      expect(stderr).not.toContain('hunter2');
    },
  );

  it('with a development key that was changed ends in one line', async () => {
    const DRIVE_DIR = await sample.folder();
    await writeFile(join(DRIVE_DIR, 'development-key'), 'opensesame');
    const { code, stdout, stderr } = await sample.run({ DRIVE_DIR });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^[^\n]*development-key[^\n]*\n$/);
    expect(stderr).not.toContain('opensesame');
  });
});

describe('a start that its surroundings do not allow', () => {
  it('because of the port ends in one line', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await sample.run({ PORT: String(port) });
    server.close();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]*EADDRINUSE[^\n]*\n$/);
  });

  it('because of the database ends in one line, without its password', async () => {
    const { code, stderr } = await sample.run({
      // Nobody listens there.
      DATABASE_URL: 'postgres://drive:hunter2@127.0.0.1:1/drive',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]*ECONNREFUSED[^\n]*\n$/);
    expect(stderr).not.toContain('hunter2');
  });
});
