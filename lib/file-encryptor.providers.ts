import {
  type FactoryProvider,
  Inject,
  type InjectionToken,
  type Provider,
} from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { type Configuration, openConfiguration } from './configuration.js';
import { ConfigurationError } from './core/errors.js';
import { EncryptionService } from './encryption.service.js';
import { checkEntityClasses } from './entities/entity-classes.js';
import { EntityRows } from './entities/entity-rows.js';
import type {
  FileEncryptorExtras,
  FileEncryptorOptions,
} from './file-encryptor.options.js';
import { storeUpload } from './upload/store-upload.js';
import {
  getUploadServiceToken,
  type UploadService,
} from './upload/upload-service.js';

/** Within a configuration's module: its {@link Configuration}. */
export const CONFIGURATION = Symbol('FileEncryptor.configuration');

/** Within a configuration's module: the service's token, which is unique. */
export const SERVICE_TOKEN = Symbol('FileEncryptor.serviceToken');

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

/** What a configuration's module holds, and what of it others can inject. */
export function configurationProviders(
  { entities, name, dataSource }: FileEncryptorExtras,
  optionsToken: InjectionToken,
): { readonly providers: Provider[]; readonly exports: InjectionToken[] } {
  const service = getEncryptionServiceToken(name);
  const upload = getUploadServiceToken(name);
  return {
    providers: [
      { provide: SERVICE_TOKEN, useValue: service },
      {
        provide: CONFIGURATION,
        inject: [optionsToken],
        useFactory: (options: FileEncryptorOptions) => {
          // Before a folder is made.
          if (entities) checkEntityClasses(entities);
          return openConfiguration(options);
        },
      },
      serviceProvider(service, entities, dataSource),
      {
        provide: upload,
        inject: [CONFIGURATION, service],
        useFactory: uploadService,
      },
    ],
    exports: [service, upload],
  };
}

function serviceProvider(
  provide: InjectionToken,
  entities: FileEncryptorExtras['entities'],
  dataSource: FileEncryptorExtras['dataSource'],
): FactoryProvider<EncryptionService> {
  if (!entities) {
    return {
      provide,
      inject: [CONFIGURATION],
      useFactory: (configuration: Configuration) =>
        new EncryptionService(configuration),
    };
  }
  return {
    provide,
    inject: [
      CONFIGURATION,
      {
        token: getDataSourceToken(dataSource) as InjectionToken,
        optional: true,
      },
    ],
    useFactory: (configuration: Configuration, source?: DataSource) => {
      if (!source) throw noDataSource(dataSource);
      return new EncryptionService(
        configuration,
        new EntityRows(source, entities),
      );
    },
  };
}

function uploadService(
  { store, chunkSize, limits }: Configuration,
  { hasRow }: EncryptionService,
): UploadService {
  const place = { store, chunkSize, hasRow };
  return {
    limits,
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
