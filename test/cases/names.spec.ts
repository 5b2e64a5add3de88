import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { MulterModule } from '@nestjs/platform-express';
import { parse } from 'content-disposition';
import { describe, expect, it } from 'vitest';
import type { FileDescription } from 'nestjs-file-encryptor';
import {
  ADAPTERS,
  DELIVERIES,
  Downloads,
  storeFile,
} from '../download/download-server.js';
import { OWNER } from '../e2e/documents.js';
import { type Part, postForm, utf8 } from '../e2e/form.js';
import { receive } from '../e2e/http-client.js';
import { KeptUploads } from '../upload/kept-uploads.js';
import { type CaseApp, useCaseApp } from './case-app.js';

/** More than is verified in memory, so that a temporary file is made. */
const SIZE = 300_000;

// D-01
describe.each([
  ["the module's defaults", []],
  [
    'names that the application has decoded as UTF-8',
    [MulterModule.register({ defParamCharset: 'utf8' })],
  ],
])('the name of an upload, with %s,', (_, imports) => {
  const app = useCaseApp({ controllers: [KeptUploads, Downloads], imports });

  it.each([
    ['UTF-8', utf8('報告 é😀.txt'), '報告 é😀.txt'],
    ['latin1', '\u00e9t\u00e9.txt', 'été.txt'],
    ['one byte of latin1 in front', '\u00e9.txt', 'é.txt'],
    // Decoded twice it would be an é.
    ['UTF-8 that looks like latin1', utf8('\u00c3\u00a9.txt'), 'Ã©.txt'],
  ])('in %s comes back as it was meant', async (...row) => {
    const [, bytes, name] = row;
    const content = app.content(SIZE);
    const stored = await upload(app, `filename="${bytes}"`, content);
    expect(stored.name).toBe(name);
    for (const delivery of DELIVERIES) {
      const { offered, body } = await download(app, stored.filename, delivery);
      expect(offered).toBe(name);
      expect(body.equals(content)).toBe(true);
    }
  });
});

/** The name as a caller has it, the parameter of a form, and what is kept of it. */
const PATHS: readonly (readonly [
  name: string,
  parameter: string,
  kept: string,
])[] = [
  ['../../evil.txt', 'filename="../../evil.txt"', 'evil.txt'],
  ['/etc/passwd', 'filename="/etc/passwd"', 'passwd'],
  ['..', 'filename=".."', 'file'],
  ['.', 'filename="."', 'file'],
  ['C:\\x\\y.txt', 'filename="C:\\x\\y.txt"', 'y.txt'],
  ['a\0b.txt', "filename*=UTF-8''a%00b.txt", 'ab.txt'],
];

// D-02
describe.each(ADAPTERS)('a name that is a path, on %s,', (_, parts) => {
  const app = useCaseApp({ ...parts, controllers: [Downloads] });

  it.each(PATHS)('decides no place in a call: %j', async (...row) => {
    const [name, , kept] = row;
    const shown = await roundTrip(app, name, (content) =>
      storeFile(app.running, content, { name }),
    );
    expect(shown).toEqual(new Set([kept]));
  });
});

// D-02
describe('a name that is a path, with the folders that multer keeps,', () => {
  const app = useCaseApp({
    controllers: [KeptUploads, Downloads],
    imports: [MulterModule.register({ preservePath: true })],
  });

  it.each(PATHS)('decides no place in an upload: %j', async (...row) => {
    const [name, parameter, kept] = row;
    const shown = await roundTrip(app, name, async (content) => {
      const { filename } = await upload(app, parameter, content);
      return filename;
    });
    expect(shown).toEqual(new Set([kept]));
  });

  it('stores nothing where a null byte breaks the header', async () => {
    const before = await app.running.containers();
    const answer = await postForm(
      `${app.running.url}/one`,
      part('filename="a\0b.txt"', app.content(SIZE)),
    );
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'UPLOAD_INVALID' });
    expect(await app.running.containers()).toEqual(before);
  });
});

/**
 * Stores and downloads a file, and looks at every place that its name may mean.
 *
 * @returns the names that it was shown under.
 */
async function roundTrip(
  app: CaseApp,
  name: string,
  store: (content: Buffer) => Promise<string>,
): Promise<Set<string>> {
  const { running } = app;
  const meant = placesOf(app, name);
  const before = meant.map(stateOf);
  const content = app.content(SIZE);
  const filename = await store(content);
  expect(filename).toMatch(/^[0-9a-f]{32}$/);
  const file = await running.encryption.find(filename, OWNER);
  const shown = new Set([file.name]);
  for (const delivery of DELIVERIES) {
    const { offered, body } = await download(app, filename, delivery);
    shown.add(offered);
    expect(body.equals(content)).toBe(true);
  }
  await using decrypted = await file.decrypt();
  const tmp = join(running.folder, 'tmp');
  expect(dirname(decrypted.path)).toBe(join(tmp, ...readdirSync(tmp)));
  // Of the name, its extension alone may be kept.
  expect(basename(decrypted.path)).toMatch(/^[0-9a-f]{32}(\.txt)?$/);
  expect(meant.map(stateOf)).toEqual(before);
  expect(readdirSync(running.folder).toSorted()).toEqual([
    'data',
    'database.sqlite',
    'tmp',
  ]);
  return shown;
}

/** What a name leads to from every folder that a file might be put into. */
function placesOf({ running }: CaseApp, name: string): string[] {
  if (name.includes('\0')) return [];
  const tmp = join(running.folder, 'tmp');
  const bases = [
    running.dataDir,
    // As deep as containers lie, and where none does.
    join(running.dataDir, 'zz', 'zz'),
    tmp,
    ...readdirSync(tmp).map((own) => join(tmp, own)),
    process.cwd(),
  ];
  return bases
    .map((base) => resolve(base, name))
    .filter((place) => !existsSync(place) || statSync(place).isFile());
}

function stateOf(place: string): string {
  if (!existsSync(place)) return 'nothing';
  const { ino, size, mtimeMs } = statSync(place);
  return `${ino}: ${size} bytes of ${mtimeMs}`;
}

/** 900 bytes and an extension. */
const LONG = `${'報'.repeat(300)}.pdf`;

// D-03
describe.each(ADAPTERS)('the name that %s offers', (adapter, parts) => {
  const app = useCaseApp({ ...parts, controllers: [KeptUploads, Downloads] });
  const ways = adapter === 'Express' ? ['call', 'upload'] : ['call'];

  it.each(ways)('has quotes and letters of all kinds, by %s', async (way) => {
    // As browsers do, a quote is sent as %22.
    for (const name of ['it’s “quoted” 😀.zip', 'a"b;c%41.txt']) {
      await expectOffered(await stored(way, name), (offered) => {
        expect(offered).toBe(name);
      });
    }
  });

  it.each(ways)(
    'is cut if it is long, and kept as it is, by %s',
    async (way) => {
      const filename = await stored(way, LONG);
      const file = await app.running.encryption.find(filename, OWNER);
      expect(file.name).toBe(LONG);
      await expectOffered(filename, (offered) => {
        expect(offered).toMatch(/^報{70,}\.pdf$/);
        // What file systems can hold.
        expect(Buffer.byteLength(offered)).toBeLessThanOrEqual(255);
      });
    },
  );

  async function stored(way: string, name: string): Promise<string> {
    const content = app.content(SIZE);
    if (way === 'call') return storeFile(app.running, content, { name });
    const sent = utf8(name).replaceAll('"', '%22');
    return (await upload(app, `filename="${sent}"`, content)).filename;
  }

  async function expectOffered(
    filename: string,
    check: (offered: string) => void,
  ): Promise<void> {
    for (const delivery of DELIVERIES) {
      const { header, offered } = await download(app, filename, delivery);
      check(offered);
      expect(header).toMatch(/^[\u0020-\u007e]+$/);
      expect(header).toMatch(/^attachment; filename=[^;]/);
      const [, encoded = ''] = /; filename\*=UTF-8''(\S+)$/.exec(header) ?? [];
      check(decodeURIComponent(encoded));
    }
  }
});

/** A part with a file, of whose disposition everything else is given. */
function part(parameter: string, content: Uint8Array): Part {
  return { disposition: `name="file"; ${parameter}`, content };
}

async function upload(
  { running }: CaseApp,
  parameter: string,
  content: Uint8Array,
): Promise<FileDescription> {
  const answer = await postForm(`${running.url}/one`, part(parameter, content));
  expect(answer.status).toBe(201);
  return answer.json as FileDescription;
}

interface Downloaded {
  /** The header `Content-Disposition`. */
  readonly header: string;
  readonly offered: string;
  readonly body: Buffer;
}

async function download(
  { running }: CaseApp,
  filename: string,
  delivery: string,
): Promise<Downloaded> {
  const url = `${running.url}/files/${filename}?delivery=${delivery}`;
  const { status, headers, body } = await receive(url);
  expect(status).toBe(200);
  const header = headers['content-disposition'] ?? '';
  const { filename: offered = '' } = parse(header).parameters;
  return { header, offered, body };
}
