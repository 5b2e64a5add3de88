import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  Controller,
  Get,
  Injectable,
  Logger,
  Post,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, DefaultNamingStrategy } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  DownloadInterceptor,
  DownloadLinkGuard,
  DownloadLinkService,
  type EncryptedFile,
  EncryptionService,
  FileEncryptorModule,
  getDownloadLinkServiceToken,
  getEncryptionServiceToken,
  InjectDownloadLinks,
  LinkedFile,
  SecretKey,
} from 'nestjs-file-encryptor';
import { EntityRows } from '../../lib/entities/entity-rows.js';
import { rejectionOf } from '../core/thrown.js';
import { describeDatabases, inMemory } from '../databases.js';
import { ENTITIES, OWNER } from '../e2e/documents.js';
import { receive } from '../e2e/http-client.js';
import { LogCapture } from '../e2e/log-capture.js';
import {
  DocumentLink,
  LINKED_ENTITIES,
  Links,
} from '../e2e/linked-documents.js';
import { useRunningApp } from '../e2e/running-app.js';
import { newOwner } from '../encryption-service/papers.js';
import { database, useModuleStart } from '../module/module-start.js';
import {
  admit,
  leaseIn,
  LINKED_PAPERS,
  LINKED_TABLES,
  useLinks,
} from './link-place.js';

const HOUR = { expiresIn: 3600 } as const;

/** As an application extends it for a configuration with a name. */
@Injectable()
class ArchiveGuard extends DownloadLinkGuard {
  constructor(
    @InjectDownloadLinks('archive') links: DownloadLinkService,
    host: HttpAdapterHost,
  ) {
    super(links, host);
  }
}

@Controller('archive/:secret')
@UseGuards(ArchiveGuard)
@UseInterceptors(DownloadInterceptor)
class ArchiveLinks {
  @Get()
  page() {
    return { page: true };
  }

  @Post()
  download(@LinkedFile() file: EncryptedFile | undefined) {
    return file;
  }
}

describe('links of a configuration with a name', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'archive-'));
  });
  const running = useRunningApp({
    controllers: [Links, ArchiveLinks],
    entities: LINKED_ENTITIES,
    imports: [
      TypeOrmModule.forRoot({
        ...inMemory(Object.values(LINKED_ENTITIES)),
        name: 'archive',
      }),
      FileEncryptorModule.forRootAsync({
        name: 'archive',
        dataSource: 'archive',
        entities: LINKED_ENTITIES,
        useFactory: () => ({
          globalKey: SecretKey.random(),
          dataDir: join(folder, 'data'),
          tmpDir: join(folder, 'tmp'),
          linkLease: 60,
        }),
      }),
    ],
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are opened by its own guard alone', async () => {
    const links = running.app.get<DownloadLinkService>(
      getDownloadLinkServiceToken('archive'),
    );
    expect(links).not.toBe(running.app.get(DownloadLinkService));
    const encryption = running.app.get<EncryptionService>(
      getEncryptionServiceToken('archive'),
    );
    const source = Readable.from([Buffer.from('archived')]);
    const facts = { name: 'a.txt', type: 'text/plain' };
    const upload = await encryption.encryptUpload(source, facts);
    const { filename } = await encryption.save(upload, OWNER);
    const { secret } = await links.create(filename, OWNER, HOUR);

    const method = 'POST';
    const other = await receive(`${running.url}/links/${secret}`, { method });
    expect(other.status).toBe(404);
    const visit = await receive(`${running.url}/archive/${secret}`);
    expect(String(visit.body)).toBe('{"page":true}');
    const own = await receive(`${running.url}/archive/${secret}`, { method });
    expect(String(own.body)).toBe('archived');
  });
});

describe('without an entity for links', () => {
  const place = useModuleStart();
  const options = () => ({ globalKey: SecretKey.random(), ...place.folders() });

  it.each([
    ['but others', { entities: ENTITIES }],
    ['or any other', {}],
  ])('%s, every call says what to add', async (_what, extras) => {
    const app = await place.start({
      imports: [
        database(),
        FileEncryptorModule.forRoot({ ...options(), ...extras }),
      ],
    });
    const links = app.get(DownloadLinkService);
    const secret = 'A'.repeat(43);
    const calls = [
      links.create('0'.repeat(32), OWNER, HOUR),
      links.find(secret),
      links.redeem(secret),
      links.redeem('no secret'),
      links.revoke(1, OWNER),
      links.list('0'.repeat(32), OWNER),
    ];
    for (const error of await Promise.all(calls.map(rejectionOf))) {
      expect(error).toBeInstanceOf(ConfigurationError);
      expect(String(error)).toMatch(/need the option entities\.link/);
    }
  });

  it.each([
    [
      'one that does not extend ours',
      { ...ENTITIES, link: ENTITIES.token as never },
      /entities\.link must be .* extends BaseLinkEntity/,
    ],
    [
      'one that the data source does not know',
      { ...ENTITIES, link: DocumentLink },
      /does not know entities\.link \(DocumentLink\)/,
    ],
  ])('but %s the start is refused', async (_what, entities, line) => {
    const started = place.start({
      imports: [
        database(),
        FileEncryptorModule.forRoot({ ...options(), entities }),
      ],
    });
    const error = await rejectionOf(started);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(line);
  });

  it.each([0, 1.5, 86_401, '900', null, Number.NaN])(
    'a lease of %j seconds is refused',
    async (linkLease) => {
      const bad = { ...options(), linkLease: linkLease as number };
      const started = place.start({
        imports: [FileEncryptorModule.forRoot(bad)],
      });
      expect(String(await rejectionOf(started))).toMatch(
        /linkLease must be an integer from 1 to 86400/,
      );
    },
  );
});

/** Names that are wrong unless they are looked up, and escaped. */
class OddNames extends DefaultNamingStrategy {
  override columnName(property: string, own: string): string {
    const reserved = { budget: 'Select', remaining: 'Order', attempts: 'Set' };
    return Object.hasOwn(reserved, property)
      ? reserved[property as keyof typeof reserved]
      : `Column_${own || property}`;
  }
}

describeDatabases((target) => {
  const linked = useLinks(target);
  let source: DataSource;
  beforeAll(async () => {
    const options = await target.create(LINKED_TABLES);
    const namingStrategy = new OddNames();
    source = new DataSource({ ...options, namingStrategy });
    await source.initialize();
  });
  afterAll(() => source.destroy());

  it('links work whatever the naming strategy makes of their columns', async () => {
    const { place } = linked;
    const service = await place.another({}, source);
    const rows = new EntityRows(source, LINKED_PAPERS);
    const links = new DownloadLinkService(place.configuration, rows);
    const owner = await newOwner(source);
    const upload = await place.upload('0123456789');
    const { filename } = await service.save(upload, owner);
    const password = 'right';
    const { id, secret } = await links.create(filename, owner, {
      ...HOUR,
      password,
    });
    const wrong = links.redeem(secret, { password: 'wrong' });
    expect(await rejectionOf(wrong)).toHaveProperty('code', 'LINK_PASSWORD');
    const whole = await admit(await links.redeem(secret, { password }), 10);
    await whole.settle(10);
    const lease = leaseIn(whole);
    const part = await admit(await links.redeem(secret, { lease }), 5);
    await part.settle(3);
    expect(await links.list(filename, owner)).toMatchObject([
      { id, remaining: 0, state: 'spent' },
    ]);
    expect(await rows.links?.find(id)).toMatchObject({
      budget: 6,
      attempts: 1,
      leaseState: 'counted',
    });
  });

  it('the end of an answer that cannot be written is told, and not thrown', async () => {
    const options = await target.create(LINKED_TABLES);
    const gone = new DataSource(options);
    await gone.initialize();
    const { place } = linked;
    const service = await place.another({}, gone);
    const rows = new EntityRows(gone, LINKED_PAPERS);
    const links = new DownloadLinkService(place.configuration, rows);
    const owner = await newOwner(gone);
    const upload = await place.upload('0123456789');
    const { filename } = await service.save(upload, owner);
    const { secret } = await links.create(filename, owner, HOUR);
    const admitted = await admit(await links.redeem(secret), 10);
    await gone.destroy();
    const log = new LogCapture();
    Logger.overrideLogger(log);
    await admitted.settle(0);
    expect(log.errors.join()).toMatch(/Download link 1: the end of a download/);
    expect(log.text).not.toContain(secret);
    // What is no secret is refused without asking the database.
    const bad = links.redeem(`${'A'.repeat(42)}B`);
    expect(await rejectionOf(bad)).toHaveProperty('code', 'LINK_INVALID');
  });
});
