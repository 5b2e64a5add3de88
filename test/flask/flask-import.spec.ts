import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type EncryptionService,
  FileEncryptorModule,
  type FlaskImportOptions,
  FlaskImportService,
  getEncryptionServiceToken,
  InjectFlaskImport,
  SecretKey,
} from 'nestjs-file-encryptor';
import { inMemory } from '../databases.js';
import { ENTITIES, OWNER } from '../e2e/documents.js';
import { database, useModuleStart } from '../module/module-start.js';
import { collect } from './importing.js';
import { useOldApplications } from './old-application.js';

/** As an application has an import of its own. */
@Injectable()
class Migration {
  constructor(
    readonly flask: FlaskImportService,
    @InjectFlaskImport('archive') readonly archive: FlaskImportService,
  ) {}
}

describe('FlaskImportService', () => {
  const place = useModuleStart();
  const opened: DataSource[] = [];
  const oldApplication = useOldApplications({
    connect: async (entities) => {
      const source = new DataSource(inMemory(entities));
      opened.push(source);
      return source.initialize();
    },
  });
  afterAll(async () => {
    for (const source of opened) await source.destroy();
  });

  it('is injected for each configuration, and imports into its store', async () => {
    const app = await place.start({
      imports: [database(), configuration(), configuration('archive')],
      providers: [Migration],
    });
    const { flask, archive } = app.get(Migration);
    expect(flask).not.toBe(archive);
    const old = await oldApplication();
    const token = await old.addToken(OWNER.userId);
    const filename = await old.addFile({ token });
    const outcomes = await collect(
      archive.run(old.options, { owner: 'userId' }),
    );
    expect(outcomes).toEqual([
      expect.objectContaining({ filename, outcome: 'imported' }),
    ]);
    const service = app.get<EncryptionService>(
      getEncryptionServiceToken('archive'),
    );
    await (await service.find(filename, OWNER)).verify();
  });

  describe('refuses at once', () => {
    it.each([
      [{}, /owner must be/],
      [{ owner: 'writer' }, /owner must be/],
      [{ owner: '' }, /owner must be/],
      [{ owner: 7 }, /owner must be/],
      [{ owner: 'constructor' }, /owner must be/],
    ])('the options %o', async (options, message) => {
      const app = await place.start({ imports: [database(), configuration()] });
      const service = app.get(FlaskImportService);
      const old = await oldApplication();
      expect(() =>
        service.run(old.options, options as FlaskImportOptions),
      ).toThrow(message);
    });

    it('a configuration without entities', async () => {
      const app = await place.start({
        imports: [
          FileEncryptorModule.forRoot({
            globalKey: SecretKey.random(),
            ...place.folders(),
          }),
        ],
      });
      const old = await oldApplication();
      expect(() =>
        app.get(FlaskImportService).run(old.options, { owner: 'userId' }),
      ).toThrow(/needs the option entities/);
    });
  });

  function configuration(name?: string) {
    return FileEncryptorModule.forRoot({
      globalKey: SecretKey.random(),
      entities: ENTITIES,
      ...place.folders(name),
      ...(name !== undefined && { name }),
    });
  }
});
