import {
  Inject,
  type InjectionToken,
  type OptionalFactoryDependency,
  type Provider,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { type Configuration, openConfiguration } from './configuration.js';
import { ConfigurationError } from './core/errors.js';
import type { ObjectStore } from './core/store/object-store.js';
import { EncryptionService } from './encryption.service.js';
import type { BaseFileEntity } from './entities/base-file.entity.js';
import type { BaseTokenEntity } from './entities/base-token.entity.js';
import {
  checkEntityClasses,
  type EntityClasses,
} from './entities/entity-classes.js';
import { EntityRows } from './entities/entity-rows.js';
import type {
  FileEncryptorExtras,
  FileEncryptorOptions,
} from './file-encryptor.options.js';
import { FlaskFallback } from './flask/flask-fallback.js';
import {
  type FlaskFallbackOptions,
  type FlaskFallbackSource,
  openFallbackSource,
} from './flask/flask-fallback-options.js';
import { FlaskImportService } from './flask/flask-import.js';
import { getFlaskImportServiceToken } from './flask/inject-flask-import.js';
import { DownloadLinkService } from './links/download-link.service.js';
import { getDownloadLinkServiceToken } from './links/inject-download-links.js';
import { RunningDownloads } from './links/running-downloads.js';
import { getMaintenanceServiceToken } from './maintenance/inject-maintenance.js';
import { MaintenanceService } from './maintenance/maintenance.service.js';
import { storeUpload } from './upload/store-upload.js';
import {
  getUploadServiceToken,
  type UploadService,
} from './upload/upload-service.js';

/** Within a configuration's module: its {@link Configuration}. */
export const CONFIGURATION = Symbol('FileEncryptor.configuration');

/** Within a configuration's module: the rows, where it has entities. */
const ROWS = Symbol('FileEncryptor.rows');

/** Within a configuration's module: the old application, where there is one. */
const FALLBACK = Symbol('FileEncryptor.fallback');

/** Within a configuration's module: the service's token, which is unique. */
const SERVICE_TOKEN = Symbol('FileEncryptor.serviceToken');

/**
 * The injection token of a configuration's EncryptionService: the class itself
 * for the one without a name.
 */
export function getEncryptionServiceToken(name?: string): InjectionToken {
  return name === undefined ? EncryptionService : `EncryptionService:${name}`;
}

/**
 * Injects the EncryptionService of a named configuration:
 * `constructor(@InjectEncryption('archive') private archive: EncryptionService)`.
 */
export function InjectEncryption(
  name?: string,
): PropertyDecorator & ParameterDecorator {
  return Inject(getEncryptionServiceToken(name));
}

type Rows = EntityRows<BaseFileEntity, BaseTokenEntity>;

/** What a configuration's module holds, and what of it others can inject. */
export function configurationProviders(
  { entities, name, dataSource, flask: fallback }: FileEncryptorExtras,
  optionsToken: InjectionToken,
): { readonly providers: Provider[]; readonly exports: InjectionToken[] } {
  if (name === '') {
    throw new ConfigurationError(
      'The name of a configuration is empty: give it one, or leave it out.',
    );
  }
  const service = getEncryptionServiceToken(name);
  const upload = getUploadServiceToken(name);
  const links = getDownloadLinkServiceToken(name);
  const flask = getFlaskImportServiceToken(name);
  const maintenance = getMaintenanceServiceToken(name);
  return {
    providers: [
      { provide: SERVICE_TOKEN, useValue: service },
      {
        provide: ROWS,
        inject: entities ? [dataSourceToken(dataSource)] : [],
        useFactory: (source?: DataSource) =>
          entities && openRows(entities, { source, dataSource }),
      },
      fallbackProvider(fallback, dataSource),
      {
        provide: CONFIGURATION,
        // The rows come first: what is wrong with them is said before a folder
        // is made.
        inject: [optionsToken, ModulesContainer, ROWS, FALLBACK],
        useFactory: (
          options: FileEncryptorOptions,
          modules: ModulesContainer,
        ) => {
          refuseTwice(service, modules);
          return openConfiguration(options);
        },
      },
      {
        provide: service,
        inject: [CONFIGURATION, ROWS, FALLBACK],
        useFactory: encryptionService,
      },
      {
        provide: upload,
        inject: [CONFIGURATION, service],
        useFactory: uploadService,
      },
      {
        provide: links,
        inject: [CONFIGURATION, ROWS, RunningDownloads],
        useFactory: (
          configuration: Configuration,
          rows: Rows | undefined,
          running: RunningDownloads,
        ) => new DownloadLinkService(configuration, rows, { running }),
      },
      {
        provide: flask,
        inject: [CONFIGURATION, ROWS],
        useFactory: (configuration: Configuration, rows: Rows | undefined) =>
          new FlaskImportService(configuration, rows),
      },
      {
        provide: maintenance,
        inject: [CONFIGURATION, ROWS, ModulesContainer],
        useFactory: (
          configuration: Configuration,
          rows: Rows | undefined,
          modules: ModulesContainer,
        ) => {
          const others = () => otherStores(configuration, modules);
          const { store, keys, temporary } = configuration;
          const place = { store, keys, temporary, others };
          return new MaintenanceService(place, rows);
        },
      },
    ],
    exports: [service, upload, links, flask, maintenance],
  };
}

/** Provides the {@link FlaskFallbackSource}; undefined without the option. */
function fallbackProvider(
  options: FlaskFallbackOptions | undefined,
  own: string | undefined,
): Provider {
  const given = options?.dataSource ?? own;
  const isName = given === undefined || typeof given === 'string';
  return {
    provide: FALLBACK,
    inject: [ROWS, ...(options && isName ? [dataSourceToken(given)] : [])],
    useFactory: (rows: Rows | undefined, named?: DataSource) =>
      options && openFallbackSource(options, rows, isName ? named : given),
  };
}

function encryptionService(
  configuration: Configuration,
  rows: Rows | undefined,
  old: FlaskFallbackSource | undefined,
): EncryptionService {
  const files = rows && old && new FlaskFallback(rows, configuration, old);
  return new EncryptionService(configuration, rows, files);
}

function dataSourceToken(name: string | undefined): OptionalFactoryDependency {
  return {
    token: getDataSourceToken(name) as InjectionToken,
    // Ours says what to do about it.
    optional: true,
  };
}

function openRows(
  entities: EntityClasses,
  {
    source,
    dataSource,
  }: { readonly source?: DataSource; readonly dataSource?: string },
): Rows {
  checkEntityClasses(entities);
  if (!source) throw noDataSource(dataSource);
  return new EntityRows(source, entities);
}

/** With one name twice, which of them is injected would be chance. */
function refuseTwice(service: InjectionToken, modules: ModulesContainer): void {
  const same = [...modules.values()].filter(
    ({ providers }) => providers.get(SERVICE_TOKEN)?.instance === service,
  );
  if (same.length > 1) {
    throw new ConfigurationError(
      typeof service === 'string'
        ? `Two configurations of FileEncryptorModule have the name ${JSON.stringify(service.replace(/^EncryptionService:/, ''))}: give each a name of its own.`
        : 'Two configurations of FileEncryptorModule have no name: import it once, or give the second one a name.',
    );
  }
}

/** The stores of the application's other configurations. */
function otherStores(
  own: Configuration,
  modules: ModulesContainer,
): ObjectStore[] {
  return [...modules.values()].flatMap(({ providers }) => {
    const instance: unknown = providers.get(CONFIGURATION)?.instance;
    // A configuration that is still being opened is none yet.
    const { store } = Object(instance) as Partial<Configuration>;
    return store && instance !== own ? [store] : [];
  });
}

function uploadService(
  { store, chunkSize, limits, idleTimeout }: Configuration,
  { hasRow }: EncryptionService,
): UploadService {
  const place = { store, chunkSize, hasRow };
  return {
    limits,
    idleTimeout,
    encrypt: (source, facts, verdict) =>
      storeUpload(source, facts, place, verdict),
  };
}

function noDataSource(name: string | undefined): ConfigurationError {
  return new ConfigurationError(
    name === undefined
      ? 'The option entities needs a database, and there is no TypeORM data source: import TypeOrmModule.forRoot in the application, or name another with the option dataSource.'
      : `There is no TypeORM data source of the name ${JSON.stringify(name)}, which the option dataSource asks for: import TypeOrmModule.forRoot with that name.`,
  );
}
