import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  DiskStore,
  FileEncryptorModule,
  type FileEncryptorExtras,
  type FileEncryptorOptions,
  SecretKey,
} from 'nestjs-file-encryptor';
import { Document, DocumentToken, ENTITIES } from '../e2e/documents.js';
import { BROKEN_OPTIONS, type Broken, KEY } from './broken-options.js';
import { database, useModuleStart } from './module-start.js';

// D-33
describe('a configuration is refused with', () => {
  const place = useModuleStart();

  it.each(BROKEN_OPTIONS)('%s', async (...row) => {
    const [, options, line] = row;
    expect(await refusal(options)).toMatch(line);
    expect(await made()).toEqual([]);
  });

  it.each([undefined, null, 'options'])(
    '%s in their place',
    async (options) => {
      const started = place.start({
        imports: [
          FileEncryptorModule.forRootAsync({
            useFactory: () => options as unknown as FileEncryptorOptions,
          }),
        ],
      });
      expect(await lineOf(started)).toMatch(/needs options/);
    },
  );

  it('both a store and a folder for one', async () => {
    const store = new DiskStore(join(place.folder, 'other'));
    expect(await refusal({ store })).toMatch(/Both store and dataDir/);
    expect(await made()).toEqual([]);
  });

  it.each<[string, FileEncryptorExtras, RegExp]>([
    [
      'a file entity that does not extend ours',
      { entities: { ...ENTITIES, file: DocumentToken as never } },
      /entities\.file must be .* extends BaseFileEntity/,
    ],
    [
      'a token entity that does not extend ours',
      { entities: { ...ENTITIES, token: Document as never } },
      /entities\.token must be .* extends BaseTokenEntity/,
    ],
    [
      'entities without a data source',
      { entities: ENTITIES },
      /there is no TypeORM data source/,
    ],
    [
      'a data source that does not exist',
      { entities: ENTITIES, dataSource: 'archive' },
      /data source of the name "archive"/,
    ],
  ])('%s', async (_, extras, line) => {
    const started = place.start({ imports: [module({ ...extras })] });
    expect(await lineOf(started)).toMatch(line);
    expect(await made()).toEqual([]);
  });

  it('entities that the data source does not know', async () => {
    class Unknown extends Document {}
    const started = place.start({
      imports: [
        database(),
        module({ entities: { ...ENTITIES, file: Unknown } }),
      ],
    });
    expect(await lineOf(started)).toMatch(
      /does not know entities\.file \(Unknown\)/,
    );
    expect(await made()).toEqual([]);
  });

  it.each([
    ['no name', undefined, /have no name/],
    ['one name', 'archive', /have the name "archive"/],
  ])('%s twice', async (_, name, line) => {
    const extras = name === undefined ? {} : { name };
    const started = place.start({
      imports: [module(extras), module({ ...extras, ...place.folders('2') })],
    });
    expect(await lineOf(started)).toMatch(line);
    expect(await made()).toEqual([]);
  });

  it.each([
    ['a file for dataDir', 'dataDir', /dataDir .*no folder/],
    ['a file for tmpDir', 'tmpDir', /tmpDir .*is not a folder/],
  ])('%s', async (_, option, line) => {
    const path = join(place.folder, 'canary-file');
    await writeFile(path, '');
    const options = { [option]: path };
    expect(await refusal(options)).toMatch(line);
  });

  it('a file above dataDir', async () => {
    await writeFile(join(place.folder, 'canary-file'), '');
    const dataDir = join(place.folder, 'canary-file', 'data');
    expect(await refusal({ dataDir })).toMatch(/dataDir/);
  });

  it('a link for tmpDir', async () => {
    const tmpDir = join(place.folder, 'canary-link');
    await symlink(place.folder, tmpDir);
    expect(await refusal({ tmpDir })).toMatch(/is a symbolic link/);
  });

  it('a tmpDir that everybody may write to', async () => {
    const tmpDir = join(place.folder, 'canary-open');
    await mkdir(tmpDir);
    await chmod(tmpDir, 0o777);
    expect(await refusal({ tmpDir })).toMatch(/written to by others/);
  });

  it('an empty tmpDir', async () => {
    expect(await refusal({ tmpDir: '' })).toMatch(/tmpDir .*is empty/);
  });

  function module(options: Broken) {
    return FileEncryptorModule.forRoot({
      globalKey: KEY,
      ...place.folders(),
      ...options,
    });
  }

  /**
   * What the refused start has made: seen when another one has ended, since the
   * refused one may have left something under way.
   */
  async function made(): Promise<string[]> {
    const { dataDir, tmpDir } = place.folders('-good');
    await place.start({
      imports: [
        FileEncryptorModule.forRoot({ globalKey: KEY, dataDir, tmpDir }),
      ],
    });
    const all = await readdir(place.folder);
    return all.filter((name) => !name.endsWith('-good'));
  }

  function refusal(options: Broken): Promise<string> {
    return lineOf(place.start({ imports: [module(options)] }), options);
  }
});

describe('a configuration is taken with', () => {
  const place = useModuleStart();

  it('the same key as in the table above, so that it is no other fault', async () => {
    const options = { globalKey: KEY, ...place.folders() };
    await place.start({ imports: [FileEncryptorModule.forRoot(options)] });
    expect(await readdir(place.folder)).toEqual(['data', 'tmp']);
  });

  it.each([0, Number.MAX_SAFE_INTEGER])(
    '%i bytes for temporary files',
    async (tmpMaxBytes) => {
      const options = { globalKey: KEY, tmpMaxBytes, ...place.folders() };
      await expect(
        place.start({ imports: [FileEncryptorModule.forRoot(options)] }),
      ).resolves.toBeDefined();
    },
  );

  it.each<[string, FileEncryptorOptions['globalKey']]>([
    ['a key in base64', SecretKey.random().toBytes().toString('base64')],
    ['bytes', SecretKey.random().toBytes()],
    ['a key', SecretKey.random()],
    ['two keys', [SecretKey.random(), KEY]],
    [
      'a passphrase',
      { passphrase: 'long enough to be one', salt: KEY.slice(32) },
    ],
  ])('%s', async (_, globalKey) => {
    const options = { globalKey, ...place.folders() };
    await expect(
      place.start({ imports: [FileEncryptorModule.forRoot(options)] }),
    ).resolves.toBeDefined();
  });
});

/** What a start that is refused says: one line, and nothing of what was given. */
async function lineOf(
  started: Promise<unknown>,
  options: Broken = {},
): Promise<string> {
  const error = await started.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  const { message } = error as ConfigurationError;
  expect(message).not.toMatch(/\n|canary|module-start/);
  const given = textsIn(options).filter(({ length }) => length > 3);
  expect(given.filter((text) => message.includes(text))).toEqual([]);
  return message;
}

/** All texts and numbers in a value, as a careless message would show them. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value.trim()];
  if (typeof value === 'number') return [String(value)];
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value);
    return [bytes.toString('hex'), bytes.toString('base64'), String(bytes)];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
