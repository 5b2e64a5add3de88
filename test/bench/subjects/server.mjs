import { monitorEventLoopDelay } from 'node:perf_hooks';
import { NestFactory } from '@nestjs/core';
import { encryptedFiles } from './encrypted-files.mjs';
import { plainFiles } from './plain-files.mjs';

/** Milliseconds between two looks at the event loop. */
const RESOLUTION = 1;

/**
 * A Nest application on the loopback: `POST /files` takes the file of a form,
 * `GET /files?delivery=…` sends the one that was prepared.
 *
 * @param {import('./service.mjs').Place & { kind: 'plain' | 'encrypted' }} options
 */
export async function open({ kind, ...options }) {
  const files =
    kind === 'plain' ? plainFiles(options) : encryptedFiles(options);
  const { imports, controllers } = files;
  const app = await NestFactory.create(
    { module: class App {}, imports, controllers },
    { logger: ['error', 'warn'], abortOnError: false },
  );
  await app.listen(0, '127.0.0.1');
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
  return {
    address: () =>
      `http://127.0.0.1:${app.getHttpServer().address().port}/files`,
    /** @param {string} input */
    prepare: (input) => files.prepare(input, app),
    watchLoop: () => {
      delay.reset();
      delay.enable();
    },
    /** 99th percentile of what a timer of 1 ms took, in milliseconds. */
    loopDelay: () => {
      delay.disable();
      return delay.percentile(99) / 1e6;
    },
    release: files.release,
  };
}
