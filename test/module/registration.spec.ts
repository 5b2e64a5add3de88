import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  Injectable,
  Module,
  type INestApplicationContext,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  DiskStore,
  EncryptionService,
  FileEncryptorModule,
  type FileEncryptorOptions,
  type FileEncryptorOptionsFactory,
  getEncryptionServiceToken,
  InjectEncryption,
  SecretKey,
} from 'nestjs-file-encryptor';
import {
  Document,
  type DocumentToken,
  ENTITIES,
  OWNER,
} from '../e2e/documents.js';
import { database, useModuleStart } from './module-start.js';

type Service = EncryptionService<Document, DocumentToken>;

/** Somebody who needs the service, in a module that imports nothing. */
@Injectable()
class Consumer {
  constructor(readonly encryption: EncryptionService) {}
}

@Module({ providers: [Consumer], exports: [Consumer] })
class ConsumerModule {}

@Injectable()
class Settings {
  readonly globalKey = SecretKey.random();
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

// D-33
describe('FileEncryptorModule', () => {
  const place = useModuleStart();
  const options = (): FileEncryptorOptions => ({
    globalKey: SecretKey.random(),
    ...place.folders(),
  });

  describe('registered by', () => {
    it('forRoot works, for modules that do not import it too', async () => {
      const app = await place.start({
        imports: [
          database(),
          FileEncryptorModule.forRoot({ ...options(), entities: ENTITIES }),
          ConsumerModule,
        ],
      });
      expect(app.get(Consumer).encryption).toBe(app.get(EncryptionService));
      expect(await roundTrip(app.get(EncryptionService))).toBe('content');
    });

    it('forRootAsync works with a factory, its imports and injections', async () => {
      const app = await place.start({
        imports: [
          database(),
          FileEncryptorModule.forRootAsync({
            imports: [SettingsModule],
            inject: [Settings],
            useFactory: async ({ globalKey }: Settings) => ({
              globalKey,
              ...place.folders(),
            }),
            entities: ENTITIES,
          }),
        ],
      });
      expect(await roundTrip(app.get(EncryptionService))).toBe('content');
    });

    it('forRootAsync works with a class', async () => {
      class Factory implements FileEncryptorOptionsFactory {
        createFileEncryptorOptions() {
          return options();
        }
      }
      const app = await place.start({
        imports: [
          database(),
          FileEncryptorModule.forRootAsync({
            useClass: Factory,
            entities: ENTITIES,
          }),
        ],
      });
      expect(await roundTrip(app.get(EncryptionService))).toBe('content');
    });

    it('forRootAsync works with an existing provider', async () => {
      class Factory implements FileEncryptorOptionsFactory {
        createFileEncryptorOptions() {
          return Promise.resolve(options());
        }
      }
      @Module({ providers: [Factory], exports: [Factory] })
      class FactoryModule {}
      const app = await place.start({
        imports: [
          database(),
          FileEncryptorModule.forRootAsync({
            imports: [FactoryModule],
            useExisting: Factory,
            entities: ENTITIES,
          }),
        ],
      });
      expect(await roundTrip(app.get(EncryptionService))).toBe('content');
    });
  });

  it.each(['forRoot', 'forRootAsync'] as const)(
    'registered by %s with isGlobal false is for who imports it',
    async (how) => {
      const encryptor =
        how === 'forRoot'
          ? FileEncryptorModule.forRoot({ ...options(), isGlobal: false })
          : FileEncryptorModule.forRootAsync({
              useFactory: options,
              isGlobal: false,
            });
      await expect(
        place.start({ imports: [encryptor, ConsumerModule] }),
      ).rejects.toThrow(/Consumer/);
      const app = await place.start({
        imports: [encryptor],
        providers: [Consumer],
      });
      expect(app.get(Consumer).encryption).toBeInstanceOf(EncryptionService);
    },
  );

  it('keeps named configurations apart', async () => {
    @Injectable()
    class Both {
      constructor(
        readonly main: EncryptionService,
        @InjectEncryption('archive') readonly archive: EncryptionService,
        @InjectEncryption() readonly again: EncryptionService,
      ) {}
    }
    const app = await place.start({
      imports: [
        database(),
        database('other'),
        FileEncryptorModule.forRoot({ ...options(), entities: ENTITIES }),
        FileEncryptorModule.forRoot({
          globalKey: SecretKey.random(),
          ...place.folders('-archive'),
          name: 'archive',
          dataSource: 'other',
          entities: ENTITIES,
        }),
      ],
      providers: [Both],
    });
    const { main, archive, again } = app.get(Both);
    expect(again).toBe(main);
    expect(app.get(getEncryptionServiceToken('archive'))).toBe(archive);
    expect(await roundTrip(main as Service)).toBe('content');
    expect(await roundTrip(archive as Service, 'archived')).toBe('archived');
    expect(await (main as Service).list(OWNER)).toHaveLength(1);
    expect(await (archive as Service).list(OWNER)).toHaveLength(1);
    expect(await readdir(join(place.folder, 'data-archive'))).toHaveLength(1);
  });

  it('without entities encrypts and decrypts, and says what it cannot do', async () => {
    const app = await place.start({
      imports: [FileEncryptorModule.forRoot(options())],
    });
    const service = app.get<EncryptionService>(EncryptionService);
    const token = await service.createToken(OWNER);
    const upload = await encrypt(service, 'content');
    const columns = await service.attach(upload, token, OWNER);
    const row = Object.assign(new Document(), columns);
    const file = await service.open(row, token, OWNER);
    expect(await textOf(file.createReadStream())).toBe('content');
    await expect(service.list(OWNER)).rejects.toThrow(ConfigurationError);
  });

  it('uses the store that it is given', async () => {
    const { tmpDir } = place.folders();
    const root = join(place.folder, 'own');
    const app = await place.start({
      imports: [
        FileEncryptorModule.forRoot({
          globalKey: SecretKey.random(),
          store: new DiskStore(root, { durable: false }),
          tmpDir,
        }),
      ],
    });
    await encrypt(app.get(EncryptionService), 'content');
    expect(await readdir(root)).toHaveLength(1);
  });

  it('makes its folders for this user alone', async () => {
    await place.start({ imports: [FileEncryptorModule.forRoot(options())] });
    const { dataDir, tmpDir } = place.folders();
    const [own = ''] = await readdir(tmpDir);
    for (const path of [dataDir, tmpDir, join(tmpDir, own)]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    }
  });

  it('removes its temporary folder when the application closes', async () => {
    const app = await place.start({
      imports: [
        database(),
        FileEncryptorModule.forRoot({ ...options(), entities: ENTITIES }),
      ],
    });
    const file = await saved(app.get<Service>(EncryptionService));
    await using decrypted = await file.decrypt();
    expect(existsSync(decrypted.path)).toBe(true);
    await app.close();
    expect(await readdir(place.folders().tmpDir)).toEqual([]);
  });

  it('has a temporary folder in the system folder by default', async () => {
    const { dataDir } = place.folders();
    const app: INestApplicationContext = await place.start({
      imports: [
        database(),
        FileEncryptorModule.forRoot({
          globalKey: SecretKey.random(),
          dataDir,
          entities: ENTITIES,
        }),
      ],
    });
    const file = await saved(app.get<Service>(EncryptionService));
    await using decrypted = await file.decrypt();
    const { path } = decrypted;
    expect(path.startsWith(join(tmpdir(), 'fencryptor_'))).toBe(true);
    await app.close();
    expect(existsSync(join(path, '..'))).toBe(false);
  });
});

async function encrypt(
  service: Pick<EncryptionService, 'encryptUpload'>,
  content: string,
) {
  const source = Readable.from([Buffer.from(content)]);
  return service.encryptUpload(source, { name: 'a.txt', type: 'text/plain' });
}

async function saved(service: Service, content = 'content') {
  const upload = await encrypt(service, content);
  const { filename } = await service.save(upload, OWNER);
  return service.find(filename, OWNER);
}

async function roundTrip(service: Service, content = 'content') {
  return textOf((await saved(service, content)).createReadStream());
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
