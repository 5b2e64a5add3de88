import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  FileEncryptorModule,
  type FileEncryptorOptions,
  getMaintenanceServiceToken,
  InjectMaintenance,
  MaintenanceService,
  SecretKey,
} from 'nestjs-file-encryptor';
import { ENTITIES } from '../e2e/documents.js';
import { database, useModuleStart } from '../module/module-start.js';

@Injectable()
class Both {
  constructor(
    readonly main: MaintenanceService,
    @InjectMaintenance('archive') readonly archive: MaintenanceService,
  ) {}
}

describe('the MaintenanceService of a configuration', () => {
  const place = useModuleStart();

  /** An application with two configurations, each with its database. */
  async function both(archive: Pick<FileEncryptorOptions, 'dataDir'>) {
    const main = FileEncryptorModule.forRoot({
      globalKey: SecretKey.random(),
      ...place.folders(),
      entities: ENTITIES,
    });
    const other = FileEncryptorModule.forRootAsync({
      useFactory: () => ({
        globalKey: SecretKey.random(),
        ...place.folders('-archive'),
        ...archive,
      }),
      name: 'archive',
      dataSource: 'other',
      entities: ENTITIES,
    });
    const app = await place.start({
      imports: [database(), database('other'), main, other],
      providers: [Both],
    });
    expect(app.get(Both).archive).toBe(
      app.get(getMaintenanceServiceToken('archive')),
    );
    return app.get(Both);
  }

  it('removes the temporary files of a process that has died since', async () => {
    const { main } = await both({});
    const { tmpDir } = place.folders();
    const [own = ''] = await readdir(tmpDir);
    const { pid } = spawnSync(process.execPath, ['--version']);
    const dead = own.replace(`_${process.pid}_`, `_${pid}_`);
    await mkdir(join(tmpDir, dead));
    await writeFile(join(tmpDir, dead, 'file'), 'content');
    await main.sweep({ dryRun: true });
    expect(await readdir(tmpDir)).toContain(dead);
    await main.sweep();
    expect(await readdir(tmpDir)).not.toContain(dead);
    expect(await readdir(tmpDir)).toContain(own);
  });

  it('sweeps the store of its own', async () => {
    const { main, archive } = await both({});
    expect(archive).not.toBe(main);
    for (const service of [main, archive]) {
      expect(await service.sweep()).toMatchObject({ containers: 0 });
    }
  });

  it('refuses to sweep where another one has the same folder', async () => {
    const { dataDir } = place.folders();
    const { main, archive } = await both({ dataDir });
    for (const service of [main, archive]) {
      await expect(service.sweep()).rejects.toThrow(ConfigurationError);
      await expect(service.sweep()).rejects.toThrow(/in the same place/);
    }
  });

  it('counts the tokens under the keys of its own', async () => {
    const { main, archive } = await both({});
    const [one, two] = [await main.keys(), await archive.keys()];
    for (const { tokens, keys } of [one, two]) {
      expect([tokens, keys.length]).toEqual([0, 1]);
    }
    expect(one.keys[0]?.id).not.toBe(two.keys[0]?.id);
  });

  it('refuses to work without entities', async () => {
    const app = await place.start({
      imports: [
        FileEncryptorModule.forRoot({
          globalKey: SecretKey.random(),
          ...place.folders(),
        }),
      ],
    });
    const service = app.get(MaintenanceService);
    for (const work of ['sweep', 'keys'] as const) {
      await expect(service[work]()).rejects.toThrow(/need the option entities/);
    }
  });
});
