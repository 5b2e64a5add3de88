import type { DynamicModule } from '@nestjs/common';
import { AppModule } from './app.module.js';
import { readConfiguration } from './configuration.js';

/**
 * The drive of the environment, for commands that start it without HTTP, such as
 * `file-encryptor import-flask --app dist-sample/drive-module.js --export driveModule`.
 */
export async function driveModule(): Promise<DynamicModule> {
  return AppModule.forRoot(await readConfiguration(process.env));
}
