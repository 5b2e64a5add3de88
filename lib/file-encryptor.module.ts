import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Configuration } from './configuration.js';
import { ConfigurableModuleClass } from './file-encryptor.module-definition.js';
import { CONFIGURATION } from './file-encryptor.providers.js';

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

  constructor(@Inject(CONFIGURATION) configuration: Configuration) {
    super();
    this.#configuration = configuration;
  }

  /** Connections are closed by then: nobody reads a temporary file any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.#configuration.temporary.close();
  }
}
