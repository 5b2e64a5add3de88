/**
 * Sweeps the store of a drive when it is told to, in a process of its own:
 * `node sweeper.mjs <main.js of the compiled sample>`, forked, with the drive's
 * environment. A message holds the options of a sweep; the answer is
 * `{ report }`, or `{ code, message }` of an error.
 */
import { pathToFileURL } from 'node:url';
import { NestFactory } from '@nestjs/core';

const [main = ''] = process.argv.slice(2);

/** @param {string} path - relative to the program. */
const load = (path) => import(new URL(path, pathToFileURL(main)).href);

const { driveModule } = await load('drive-module.js');
const { MaintenanceService } = await load('../dist/index.js');

/** Opens the application, sweeps and closes it, as a job would. */
async function sweep(/** @type {object} */ options) {
  const app = await NestFactory.createApplicationContext(await driveModule(), {
    logger: false,
  });
  try {
    return await app.get(MaintenanceService).sweep(options);
  } finally {
    await app.close();
  }
}

process.on('message', (/** @type {object} */ options) => {
  sweep(options).then(
    (report) => process.send?.({ report }),
    ({ code, message }) => process.send?.({ code, message }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ isReady: true });
