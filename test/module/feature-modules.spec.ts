import { readdir } from 'node:fs/promises';
import {
  Inject,
  Injectable,
  type DynamicModule,
  Module,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  EncryptionService,
  FileEncryptorModule,
  type FileEncryptorOptions,
  type FileEncryptorOptionsFactory,
  MaintenanceService,
  SecretKey,
} from 'nestjs-file-encryptor';
import { rejectionOf } from '../core/thrown.js';
import { ENTITIES } from '../e2e/documents.js';
import { database, useModuleStart } from './module-start.js';

/** Somebody in a feature module who needs both services. */
abstract class Consumer {
  @Inject(EncryptionService) readonly encryption!: EncryptionService;
  @Inject(MaintenanceService) readonly maintenance!: MaintenanceService;
}

@Injectable()
class Letters extends Consumer {}

@Injectable()
class Invoices extends Consumer {}

@Injectable()
class Settings {
  readonly globalKey = SecretKey.random();
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

// D-33
describe('the module in two feature modules', () => {
  const place = useModuleStart();
  const options = (): FileEncryptorOptions => ({
    globalKey: SecretKey.random(),
    ...place.folders(),
  });
  const ways = {
    forRoot: (isGlobal: boolean) =>
      FileEncryptorModule.forRoot({
        ...options(),
        entities: ENTITIES,
        isGlobal,
      }),
    forRootAsync: (isGlobal: boolean) =>
      FileEncryptorModule.forRootAsync({
        useFactory: options,
        entities: ENTITIES,
        isGlobal,
      }),
  } as const;

  it.each([
    ['forRoot', true],
    ['forRoot', false],
    ['forRootAsync', true],
    ['forRootAsync', false],
  ] as const)(
    'by %s has one service and one maintenance (global: %s)',
    async (how, isGlobal) => {
      const encryptor = ways[how](isGlobal);
      const app = await place.start({
        imports: [
          database(),
          feature(Letters, [encryptor]),
          feature(Invoices, [encryptor]),
        ],
      });
      const [letters, invoices] = [app.get(Letters), app.get(Invoices)];
      expect(invoices.encryption).toBe(letters.encryption);
      expect(invoices.maintenance).toBe(letters.maintenance);
      expect(letters.encryption).toBeInstanceOf(EncryptionService);
      expect(letters.maintenance).toBeInstanceOf(MaintenanceService);
      // It was opened once.
      expect(await readdir(place.folders().tmpDir)).toHaveLength(1);
    },
  );

  it.each(['forRoot', 'forRootAsync'] as const)(
    'by %s of its own each, global or not, is refused',
    async (how) => {
      for (const isGlobal of [true, false]) {
        const started = place.start({
          imports: [
            database(),
            feature(Letters, [ways[how](isGlobal)]),
            feature(Invoices, [ways[how](isGlobal)]),
          ],
        });
        expect(String(await rejectionOf(started))).toMatch(
          /have no name: import it once/,
        );
      }
    },
  );

  it("is missed by who does not import it where it is not global, in Nest's own words", async () => {
    const started = place.start({
      imports: [
        database(),
        feature(Letters, [ways.forRoot(false)]),
        feature(Invoices, []),
      ],
    });
    expect(String(await rejectionOf(started))).toMatch(
      /Nest can't resolve dependencies of the Invoices.*EncryptionService/s,
    );
  });
});

// D-33
describe('forRootAsync', () => {
  const place = useModuleStart();

  it('gives a class of options what its constructor needs, from its imports', async () => {
    @Injectable()
    class Factory implements FileEncryptorOptionsFactory {
      constructor(private readonly settings: Settings) {}

      createFileEncryptorOptions() {
        const { globalKey } = this.settings;
        return { globalKey, ...place.folders() };
      }
    }
    const app = await place.start({
      imports: [
        FileEncryptorModule.forRootAsync({
          imports: [SettingsModule],
          useClass: Factory,
        }),
      ],
    });
    const service = app.get<EncryptionService>(EncryptionService);
    const token = await service.createToken({ userId: 1 });
    expect(token.value).toMatch(/^1\./);
  });

  const cause = new Error('The settings cannot be reached.');
  it.each<[string, () => FileEncryptorOptions | Promise<FileEncryptorOptions>]>(
    [
      ['rejects', () => Promise.reject(cause)],
      [
        'throws',
        () => {
          throw cause;
        },
      ],
    ],
  )('stops the start with the cause if its factory %s', async (_, factory) => {
    class Factory implements FileEncryptorOptionsFactory {
      createFileEncryptorOptions() {
        return factory();
      }
    }
    @Module({ providers: [Factory], exports: [Factory] })
    class FactoryModule {}
    const imports = [
      FileEncryptorModule.forRootAsync({ useFactory: factory }),
      FileEncryptorModule.forRootAsync({ useClass: Factory }),
      FileEncryptorModule.forRootAsync({
        imports: [FactoryModule],
        useExisting: Factory,
      }),
    ];
    for (const one of imports) {
      expect(await rejectionOf(place.start({ imports: [one] }))).toBe(cause);
    }
    expect(await readdir(place.folder)).toEqual([]);
  });
});

function feature(
  consumer: Type,
  imports: NonNullable<ModuleMetadata['imports']>,
): DynamicModule {
  class Feature {}
  return {
    module: Feature,
    imports,
    providers: [consumer],
    exports: [consumer],
  };
}
