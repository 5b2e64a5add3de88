import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  type EncryptedFile,
  EncryptionService,
  FileEncryptorModule,
  type FileEncryptorExtras,
  SecretKey,
} from 'nestjs-file-encryptor';
import { ENTITIES, OWNER } from '../e2e/documents.js';
import { memoryDatabase } from '../encryption-service/memory-database.js';
import { database, useModuleStart } from '../module/module-start.js';
import { type OldApplication, useOldApplications } from './old-application.js';

/** What is found. */
const OLD = { name: 'a.txt', authenticated: false };

describe('the option flask', () => {
  const place = useModuleStart();
  const make = useOldApplications(memoryDatabase());
  let both: DataSource;
  const makeInBoth = useOldApplications({
    ...memoryDatabase(),
    connect: async () => both,
  });
  let old: OldApplication;
  let filename: string;
  beforeAll(async () => {
    old = await make();
    const token = await old.addToken(OWNER.userId);
    filename = await old.addFile({ token, name: 'a.txt' });
  });
  const flask = (changes: object = {}) =>
    ({ ...old.options, owner: 'userId', ...changes }) as NonNullable<
      FileEncryptorExtras['flask']
    >;
  const module = (extras: FileEncryptorExtras) =>
    FileEncryptorModule.forRoot({
      globalKey: SecretKey.random(),
      ...place.folders(),
      entities: ENTITIES,
      ...extras,
    });

  /** Starts an application, and looks the old file up. */
  async function found(...imports: object[]): Promise<EncryptedFile> {
    const app = await place.start({ imports: imports as never });
    return app.get(EncryptionService).find(filename, OWNER);
  }

  it('takes a data source that is connected', async () => {
    expect(await found(database(), module({ flask: flask() }))).toMatchObject(
      OLD,
    );
  });

  it('takes the name of a data source of the application', async () => {
    const named = TypeOrmModule.forRootAsync({
      name: 'old',
      useFactory: () => old.source.options,
      dataSourceFactory: async () => unowned(old),
    });
    expect(
      await found(
        database(),
        named,
        module({ flask: flask({ dataSource: 'old' }) }),
      ),
    ).toMatchObject(OLD);
  });

  it("takes the configuration's own where none is said", async () => {
    const options: DataSourceOptions = {
      type: 'better-sqlite3',
      database: join(place.folder, 'both.sqlite'),
      entities: Object.values(ENTITIES),
      synchronize: true,
    };
    both = await new DataSource(options).initialize();
    const moved = await makeInBoth();
    const token = await moved.addToken(OWNER.userId);
    const own = await moved.addFile({ token, name: 'own.txt' });
    const { dataDir } = moved;
    const app = await place.start({
      imports: [
        TypeOrmModule.forRoot(options),
        module({ flask: flask({ dataDir, dataSource: undefined }) }),
      ],
    });
    const file = await app.get(EncryptionService).find(own, OWNER);
    expect(file).toMatchObject({ name: 'own.txt', authenticated: false });
    await both.destroy();
  });

  it('stands beside the factory of forRootAsync', async () => {
    const options = { globalKey: SecretKey.random(), ...place.folders() };
    const async = (returned: object, extras: object = {}) =>
      FileEncryptorModule.forRootAsync({
        entities: ENTITIES,
        useFactory: () => ({ ...options, ...returned }),
        ...extras,
      });
    expect(
      await found(database(), async({}, { flask: flask() })),
    ).toMatchObject(OLD);
    const within = { imports: [database(), async({ flask: flask() })] };
    await expect(place.start(within)).rejects.toThrow(
      /takes flask beside the factory/,
    );
  });

  it.each<[string, object, RegExp]>([
    ['the leave', { allowUnauthenticated: undefined }, /allowUnauthenticated/],
    ['a leave that is true', { allowUnauthenticated: 1 }, /not authenticated/],
    ['an owner', { owner: undefined }, /flask\.owner must be/],
    ['an owner that both have', { owner: 'nobody' }, /flask\.owner must be/],
    ['a global key', { globalKey: undefined }, /globalKey must be/],
    ['a folder', { dataDir: '' }, /dataDir must be/],
    ['a yes or a no', { migrate: 'no' }, /flask\.migrate must be/],
    ['its data source', { dataSource: 'none' }, /of the name "none"/],
    ['a data source', { dataSource: {} }, /dataSource must be/],
  ])('stops the start without %s', async (_, changes, line) => {
    const imports = [database(), module({ flask: flask(changes) })];
    const starting = place.start({ imports });
    await expect(starting).rejects.toThrow(ConfigurationError);
    await expect(starting).rejects.toThrow(line);
    expect(await readdir(place.folder)).toEqual([]);
  });

  it('stops the start without entities', async () => {
    const imports = [module({ flask: flask(), entities: undefined })];
    await expect(place.start({ imports })).rejects.toThrow(
      /flask needs the option entities/,
    );
  });
});

/** The old data source, which an application that ends does not close. */
function unowned({ source }: OldApplication): OldApplication['source'] {
  return Object.create(source, {
    destroy: { value: async () => undefined },
  }) as OldApplication['source'];
}
