import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encryptLegacyName } from '../../../lib/core/legacy/legacy-name.js';
import { writeLegacyFile } from '../../../lib/core/legacy/write-legacy-file.js';
import { inPiecesOf } from '../container/stored.js';
import { pattern } from '../floe/pattern.js';
import { FILES } from './flask-encryptor-files.js';
import { LEAVE, TOKEN } from './reading.js';

const SCRIPT = fileURLToPath(new URL('read_legacy.py', import.meta.url));

/** Debian's modules are for Debian's Python; another may come first in PATH. */
const PYTHON = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', 'import Cryptodome']).status === 0,
);

const SIZES = [0, 1, 15, 16, 17, 31, 32, 33, 1000, 1023, 1024, 1025].concat([
  65_535, 65_536, 65_537, 131_072, 200_000, 200_001, 1_000_003,
]);

const GLOBAL_KEYS = [...new Set(FILES.map(({ globalKey }) => globalKey))];

interface Read {
  readonly files: readonly string[];
  readonly names: readonly string[];
}

describe.skipIf(!PYTHON)('PyCryptodome', { tags: ['pycryptodome'] }, () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'legacy-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([16, 1024, 64 * 1024])(
    'reads the files that are written here, in chunks of %s',
    async (chunkSize) => {
      const files = await Promise.all(
        SIZES.map(async (size) => {
          const path = join(folder, `${chunkSize}-${size}`);
          const source = inPiecesOf(1000)(pattern(size));
          const options = { ...LEAVE, token: TOKEN, size };
          const stored = writeLegacyFile(source, options);
          await pipeline(stored, createWriteStream(path));
          return { path, token: TOKEN, chunkSize };
        }),
      );
      const hashes = SIZES.map((size) =>
        createHash('sha256').update(pattern(size)).digest('hex'),
      );
      expect(readInPython({ files, names: [] }).files).toEqual(hashes);
    },
  );

  it('reads the names that are written here', () => {
    const names = FILES.flatMap(({ originalName }) =>
      GLOBAL_KEYS.map((globalKey) => {
        const options = { ...LEAVE, globalKey };
        const realname = encryptLegacyName(originalName, options);
        return { realname: realname.toString('hex'), globalKey };
      }),
    );
    expect(GLOBAL_KEYS).toHaveLength(4);
    expect(readInPython({ files: [], names }).names).toEqual(
      FILES.flatMap(({ originalName }) => GLOBAL_KEYS.map(() => originalName)),
    );
  });

  it('reads the files of Flask-Encryptor alike', () => {
    const whole = FILES.filter(({ oddChunkSize }) => !oddChunkSize);
    const names = FILES.map(({ realnameHex, globalKey }) => ({
      realname: realnameHex,
      globalKey,
    }));
    const read = readInPython({ files: whole, names });
    expect(read.files).toEqual(whole.map(({ plaintext }) => plaintext.sha256));
    expect(read.names).toEqual(FILES.map(({ originalName }) => originalName));
  });
});

function readInPython({
  files,
  names,
}: {
  readonly files: readonly { path: string; token: string; chunkSize: number }[];
  readonly names: readonly { realname: string; globalKey: string }[];
}): Read {
  const told = JSON.stringify({
    files: files.map(({ path, token, chunkSize }) => ({
      path,
      token,
      chunkSize,
    })),
    names,
  });
  const answer = execFileSync(PYTHON ?? '', [SCRIPT], { input: told });
  return JSON.parse(answer.toString('utf8')) as Read;
}
