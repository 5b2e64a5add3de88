import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { pattern } from '../core/floe/pattern.js';
import { readProjectFile } from '../house/project-files.js';
import { examplesIn, typescriptFiles } from '../house/readme-examples.js';
import { complaintsAbout } from '../house/typescript-program.js';
import { buildSample, type SampleBuild } from '../sample/build.js';
import { Visitor } from '../sample/visitor.js';
import {
  describeFolder,
  newName,
  oldName,
  PUBLISHED_KEY,
  writeOldFile,
} from './old-application.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const GUIDE = examplesIn(readProjectFile('docs/from-flask-encryptor.md'));

/** The guide's own commands, one a line. */
const COMMANDS = (
  GUIDE.find(({ path }) => path === 'three-commands.sh')?.text ?? ''
).split('\n');

const FILES = [
  {
    user: 1,
    filename: newName(),
    name: 'report.pdf',
    content: pattern(200_001),
  },
  { user: 1, filename: newName(), name: 'empty.txt', content: Buffer.alloc(0) },
  {
    user: 2,
    filename: newName(),
    name: '報告 é😀.txt',
    content: Buffer.from('of bob'),
  },
];

describe('the guide', () => {
  let build: SampleBuild;
  let old = '';
  let env: NodeJS.ProcessEnv = {};
  let serving: ChildProcess | undefined;

  beforeAll(async () => {
    build = await buildSample();
    old = await mkdtemp(join(build.folder, 'flask-'));
    await makeOldApplication(old);
    env = {
      // Nothing else of the tests' own environment may configure it.
      PATH: process.env['PATH'],
      HOME: build.folder,
      DRIVE_DIR: join(build.folder, 'drive'),
      PORT: '0',
      NO_COLOR: '1',
      // It would ask a server for a newer npm.
      npm_config_update_notifier: 'false',
      OLD: old,
      FLASK_GLOBAL_KEY: PUBLISHED_KEY,
    };
  });

  afterAll(async () => {
    if (serving?.pid !== undefined && serving.exitCode === null) {
      const ended = once(serving, 'close');
      process.kill(-serving.pid, 'SIGTERM');
      await ended;
    }
    await build.remove();
  });

  const run = (command: string) =>
    promisify(execFile)('sh', ['-c', command], { cwd: build.folder, env });

  it('has three commands', () => {
    expect(COMMANDS).toHaveLength(3);
  });

  it('makes a drive of a Flask application by them', async () => {
    const [adopt = '', imports = '', serve = ''] = COMMANDS;
    const before = await describeFolder(old);
    expect((await run(adopt)).stdout).toBe('2 users were adopted.\n');
    expect((await run(imports)).stdout).toMatch(
      /\b3\b.*imported|imported.*\b3\b/,
    );
    // The second time nothing is left to do.
    await run(adopt);
    await run(imports);
    expect(await describeFolder(old)).toEqual(before);

    serving = spawn('sh', ['-c', serve], {
      cwd: build.folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own: npm starts the drive in a shell.
      detached: true,
    });
    const url = await addressOf(serving);
    const visitors = [
      await Visitor.signedIn(url, 'alice'),
      await Visitor.signedIn(url, 'bob'),
    ];
    for (const { user, name, content, filename } of FILES) {
      const [owner, other] = user === 1 ? visitors : visitors.toReversed();
      const answer = await owner?.get(`/api/files/${filename}`);
      expect(answer?.status).toBe(200);
      expect(answer?.bytes.equals(content)).toBe(true);
      const refused = await other?.get(`/api/files/${filename}`);
      expect(refused?.status).toBe(404);
      const listed = await owner?.list();
      expect(listed?.map((file) => file.name)).toContain(name);
    }
  });

  it('is refused by the first command when two users have one name', async () => {
    const other = await mkdtemp(join(build.folder, 'flask-'));
    await makeOldApplication(other, ['alice', ' alice ']);
    const command = `OLD=${other}; ${COMMANDS[0]}`;
    await expect(run(command)).rejects.toMatchObject({
      code: 1,
      stderr: 'The old users 1 and 2 have one name.\n',
    });
  });

  it('has TypeScript that compiles beside that of the README', () => {
    const readme = examplesIn(readProjectFile('README.md'));
    const files = typescriptFiles([...readme, ...GUIDE]);
    expect(complaintsAbout(files)).toEqual([]);
  });
});

/** A folder of the extension and a database, as Flask-SQLAlchemy makes them. */
async function makeOldApplication(
  folder: string,
  users: readonly string[] = ['alice', 'bob'],
): Promise<void> {
  const source = await new DataSource({
    type: 'better-sqlite3',
    database: join(folder, 'app.sqlite'),
  }).initialize();
  const run = (statement: string, ...parameters: unknown[]) =>
    source.query(statement, parameters);
  await run('CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR)');
  await run(
    'CREATE TABLE tokens (id INTEGER PRIMARY KEY, value VARCHAR, user_id INTEGER)',
  );
  await run(
    'CREATE TABLE uploaded_files (id INTEGER PRIMARY KEY, filename VARCHAR UNIQUE, realname BLOB, path VARCHAR, user_id INTEGER)',
  );
  const tokens = users.map(newName);
  for (const [index, token] of tokens.entries()) {
    await run('INSERT INTO users (username) VALUES (?)', users[index]);
    await run(
      'INSERT INTO tokens (value, user_id) VALUES (?, ?)',
      token,
      index + 1,
    );
  }
  const dataDir = join(folder, 'data');
  await mkdir(dataDir);
  for (const { user, name, content, filename } of FILES) {
    const token = tokens[user - 1] ?? '';
    await writeOldFile(join(dataDir, filename), { content, token });
    await run(
      'INSERT INTO uploaded_files (filename, realname, path, user_id) VALUES (?, ?, ?, ?)',
      filename,
      oldName(name),
      dataDir,
      user,
    );
  }
  await source.destroy();
}

/** What the start line says; fails when the process ends before it. */
async function addressOf(child: ChildProcess): Promise<string> {
  const output = child.stdout ?? child;
  let printed = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (printed += text));
  const ended = once(child, 'close').then(() => {
    throw new Error(`The drive did not open: ${printed}`);
  });
  for (;;) {
    const url = /open at (http:\S+)/.exec(printed)?.[1];
    if (url) {
      ended.catch(() => undefined);
      return url;
    }
    await Promise.race([once(output, 'data'), ended]);
  }
}
