import { createHash, randomBytes } from 'node:crypto';
import { cp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readManifest, readProjectFile, ROOT } from '../house/project-files.js';
import { compileApp } from './compile-app.js';
import { APPLICATION, IMPORTED, REQUIRED } from './form-programs.js';
import { makePackedApp, type PackedApp } from './packed-app.js';

// Packing and compiling share the machine with other tests.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let app: PackedApp;

beforeAll(async () => {
  app = await makePackedApp();
});

// Where packing has failed there is nothing to remove.
afterAll(() => app?.remove());

const { name } = readManifest();

describe('the tarball', () => {
  it('holds what was built and its papers, and nothing else', () => {
    const strangers = app.packed.filter(
      (path) =>
        !/^dist\/.+\.(js|d\.ts|map)$/.test(path) &&
        !/^(lib\/core\/\w+\/)?[A-Z]+(\.md)?$/.test(path) &&
        path !== 'package.json',
    );
    expect(strangers).toEqual([]);
  });

  it.each(['LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'dist/core/index.d.ts'])(
    'holds %s',
    (path) => {
      expect(app.packed).toContain(path);
    },
  );

  it('holds no test, sample or vector', () => {
    const strangers = app.packed.filter((path) =>
      /(^|\/)(test|sample|vectors|fixtures)\/|\.spec\./.test(path),
    );
    expect(strangers).toEqual([]);
  });
});

/** Encrypts and decrypts 200,000 bytes; prints the lengths if all is well. */
const ROUND_TRIP = `
  async function roundTrip({ SecretKey, createEncryptStream, createDecryptStream }) {
    const key = SecretKey.random();
    const plaintext = Buffer.alloc(200_000, 'plaintext');
    const sealed = await through(createEncryptStream(key), plaintext);
    const opened = await through(createDecryptStream(key), sealed);
    if (sealed.includes('plaintext')) throw new Error('not encrypted');
    if (!opened.equals(plaintext)) throw new Error('not the same');
    console.log(opened.length, sealed.length);
  }
  function through(stream, bytes) {
    stream.end(bytes);
    return consumers.buffer(stream);
  }
`;
// header(74) and four segments with 32 bytes each around the content
const LENGTHS = `200000 ${200_000 + 74 + 4 * 32}`;

// D-34
describe('an application', () => {
  it('as an ECMAScript module encrypts and decrypts', async () => {
    const printed = await app.run(
      'main.mjs',
      `import * as core from '${name}/core';
       import * as consumers from 'node:stream/consumers';
       ${ROUND_TRIP}
       await roundTrip(core);`,
    );
    expect(printed).toBe(LENGTHS);
  });

  it('as a CommonJS module encrypts and decrypts', async () => {
    const printed = await app.run(
      'main.cjs',
      `const core = require('${name}/core');
       const consumers = require('node:stream/consumers');
       ${ROUND_TRIP}
       roundTrip(core);`,
    );
    expect(printed).toBe(LENGTHS);
  });

  it.each([name, `${name}/core`])(
    'has the same classes of %s, required or imported',
    async (entry) => {
      const printed = await app.run(
        'same.cjs',
        `const required = require('${entry}');
         import('${entry}').then((imported) =>
           console.log(required.SecretKey === imported.SecretKey));`,
      );
      expect(printed).toBe('true');
    },
  );

  const names = JSON.parse(
    readProjectFile('test/house/public-names.json'),
  ) as Record<string, { values: string[] }>;

  it.each(Object.entries(names))(
    'finds exactly the public names at run time in %s',
    async (entry, { values }) => {
      const printed = await app.run(
        'names.mjs',
        `import * as found from '${name}${entry.slice(1)}';
         console.log(Object.keys(found).sort().join());`,
      );
      expect(printed).toBe(values.join());
    },
  );

  it('cannot reach into the package past its entries', async () => {
    const deep = app.run('deep.mjs', `import '${name}/dist/core/errors.js';`);
    await expect(deep).rejects.toThrow(/ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });
});

// D-34
describe('an application of Nest', () => {
  const canary = 'nobody reads this on the disk. ';

  beforeAll(() => cp(join(ROOT, 'test/package/app'), app.folder, COPY));

  it('compiles, and so do the declarations of the package', () => {
    expect(compileApp(app.folder, name)).toEqual([]);
  });

  it('stores encrypted, and gives the owner alone the same file', async () => {
    const content = canary.repeat(10_000);
    const file = join(app.folder, '..', 'content.txt');
    await writeFile(file, content);
    const printed = await app.start('main.js', [file], {
      FILE_ENCRYPTOR_GLOBAL_KEY: randomBytes(32).toString('hex'),
    });
    expect(JSON.parse(printed)).toEqual({
      sent: 201,
      received: 200,
      sha256: createHash('sha256').update(content).digest('hex'),
      disposition: expect.stringContaining(
        `filename*=UTF-8''${encodeURIComponent('報告 é😀.txt')}`,
      ),
      refused: 404,
    });
  });

  it('has left nothing readable in its database and its folder', async () => {
    const stored = [
      join(app.folder, 'app.sqlite'),
      ...(await filesBelow(join(app.folder, 'data'))),
    ];
    expect(stored).toHaveLength(2);
    for (const path of stored) {
      const bytes = await readFile(path);
      expect(bytes.length).toBeGreaterThan(0);
      expect(bytes.includes(canary), path).toBe(false);
      expect(bytes.includes('報告'), path).toBe(false);
    }
  });
});

// D-34
describe('an application of Nest, with entities of its own,', () => {
  it.each([
    ['express', ''],
    ['fastify', 'new FastifyAdapter()'],
  ])('starts on %s and stores files, whatever its form', async (...row) => {
    const [adapter, made] = row;
    const printing = `${APPLICATION}
      roundTrip(${made}).then((told) => console.log(JSON.stringify(told)));`;
    for (const [file, taken] of [
      ['form.cjs', REQUIRED],
      ['form.mjs', IMPORTED],
    ] as const) {
      const printed = await app.run(file, `${taken}\n${printing}`);
      expect(JSON.parse(printed)).toEqual({
        adapter,
        content: true,
        row: true,
        error: true,
        dataSource: true,
      });
    }
  });

  it('runs in Vitest', async () => {
    await writeFile(
      join(app.folder, 'form.spec.mjs'),
      `import { expect, it } from 'vitest';
       ${IMPORTED}
       ${APPLICATION}
       it('stores files', async () => {
         expect(Object.values(await roundTrip())).toEqual(
           ['express', true, true, true, true]);
       });`,
    );
    const vitest = '../node_modules/vitest/vitest.mjs';
    const options = ['--reporter=json', '--testTimeout=180000'];
    const args = ['run', ...options, 'form.spec.mjs'];
    const printed = await app.start(vitest, args, { VITEST_POOL_ID: '' });
    expect(JSON.parse(printed)).toMatchObject({
      success: true,
      numPassedTests: 1,
    });
  });

  it('has one copy of what classes and tables are known by: they are its own', async () => {
    const shared = ['@nestjs/common', '@nestjs/core', '@nestjs/typeorm'];
    const peers = [...shared, '@nestjs/platform-express', 'multer', 'typeorm'];
    const { dependencies, peerDependencies } = readManifest();
    expect(Object.keys(peerDependencies)).toEqual(
      expect.arrayContaining(peers),
    );
    for (const peer of peers) expect(dependencies).not.toHaveProperty(peer);
    const printed = await app.run(
      'peers.cjs',
      `const { createRequire } = require('node:module');
       const inside = createRequire(require.resolve('${name}'));
       console.log(${JSON.stringify(peers)}.every(
         (peer) => inside.resolve(peer) === require.resolve(peer)));`,
    );
    expect(printed).toBe('true');
    const own = await readdir(join(app.folder, 'node_modules'));
    for (const peer of ['@nestjs', 'multer', 'typeorm']) {
      expect(own).not.toContain(peer);
    }
  });
});

const COPY = { recursive: true } as const;

async function filesBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, COPY);
  const paths = names.map((path) => join(folder, path));
  const kinds = await Promise.all(paths.map((path) => stat(path)));
  return paths.filter((_path, index) => kinds[index]?.isFile());
}

describe('the command file-encryptor', () => {
  it('makes another key of 32 bytes each time', async () => {
    const keys = [
      await app.command('file-encryptor', ['keygen']),
      await app.command('file-encryptor', ['keygen']),
    ];
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(bytesIn(key)).toBe(32);
  });
});

function bytesIn(key: string): number {
  const isHex = /^[0-9a-f]{64}$/i.test(key);
  return Buffer.from(key, isHex ? 'hex' : 'base64').length;
}
