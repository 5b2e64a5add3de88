import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { readConfiguration } from './configuration.js';
import { shutDownOnSignals } from './graceful-shutdown.js';
import { prepareWeb } from './web.js';

const logger = new Logger('Drive');

async function start(): Promise<void> {
  const configuration = await readConfiguration(process.env);
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot(configuration),
    {
      bodyParser: false,
      abortOnError: false,
      // A start that fails says so in one line, not in Nest's many.
      bufferLogs: true,
      autoFlushLogs: false,
    },
  );
  prepareWeb(app, configuration);
  shutDownOnSignals(app);
  await app.listen(configuration.port, configuration.host);
  app.flushLogs();
  if (configuration.developmentKey !== undefined) {
    logger.warn(
      `The global key is a development key, kept in ${configuration.developmentKey}. In production, set FILE_ENCRYPTOR_GLOBAL_KEY to a key of your own.`,
    );
  }
  logger.log(`The drive is open at ${urlOf(app.getHttpServer())}`);
}

function urlOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Of a refused connection only the code says something. */
function describe(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return (message || code || String(error)).replaceAll(/\s+/g, ' ');
}

try {
  await start();
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
}
