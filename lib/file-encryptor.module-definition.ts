import { ConfigurableModuleBuilder } from '@nestjs/common';
import type {
  FileEncryptorExtras,
  FileEncryptorOptions,
} from './file-encryptor.options.js';
import { configurationProviders } from './file-encryptor.providers.js';
import { RunningDownloadsModule } from './links/running-downloads.js';

const EXTRAS: FileEncryptorExtras = {
  entities: undefined,
  name: undefined,
  dataSource: undefined,
  flask: undefined,
  isGlobal: true,
};

export const {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<FileEncryptorOptions>({
  moduleName: 'FileEncryptor',
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createFileEncryptorOptions')
  .setExtras(EXTRAS, (definition, extras) => {
    const { providers, exports } = configurationProviders(
      extras,
      MODULE_OPTIONS_TOKEN,
    );
    return {
      ...definition,
      global: extras.isGlobal ?? true,
      imports: [...(definition.imports ?? []), RunningDownloadsModule],
      providers: [...(definition.providers ?? []), ...providers],
      exports,
    };
  })
  .build();
