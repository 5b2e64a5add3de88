import {
  Inject,
  type InjectionToken,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Configuration } from './configuration.js';
import { ConfigurationError } from './core/errors.js';
import { ConfigurableModuleClass } from './file-encryptor.module-definition.js';
import { CONFIGURATION, SERVICE_TOKEN } from './file-encryptor.providers.js';

/**
 * Keeps users' files encrypted. `forRoot(options)` or `forRootAsync(...)` gives
 * the application an EncryptionService, and what the interceptors need.
 *
 * It is global unless `isGlobal: false`. Each further configuration has a `name`.
 */
@Module({})
export class FileEncryptorModule
  extends ConfigurableModuleClass
  implements OnApplicationShutdown
{
  readonly #configuration: Configuration;

  constructor(
    @Inject(CONFIGURATION) configuration: Configuration,
    @Inject(SERVICE_TOKEN) service: InjectionToken,
    @Inject(ModulesContainer) modules: ModulesContainer,
  ) {
    super();
    this.#configuration = configuration;
    refuseTwice(service, modules);
  }

  /** Connections are closed by then: nobody reads a temporary file any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.#configuration.temporary.close();
  }
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
