import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { demand } from './violation.mjs';

const OPENING_MS = 120_000;

/**
 * Where a drive keeps what it has, and its environment.
 *
 * @typedef {object} Place
 * @property {string} main - The compiled sample's `main.js`.
 * @property {string} database - Path of a SQLite file, or a URL.
 * @property {string} drive - The folder for what is neither data nor temporary.
 * @property {string} data
 * @property {string} tmp
 * @property {Readonly<Record<string, string>>} env
 */

/**
 * @param {string} main
 * @param {string} folder - an empty one; data, temporary files and a SQLite
 * database get one each in it.
 * @param {{ globalKey: string, server?: string }} options - `server`: the URL of
 * an empty database, to be used instead of a SQLite file.
 * @returns {Place}
 */
export function placeIn(main, folder, { globalKey, server }) {
  const drive = join(folder, 'drive');
  const database = server ?? join(drive, 'drive.sqlite');
  const data = join(folder, 'data');
  const tmp = join(folder, 'tmp');
  const env = {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    NO_COLOR: '1',
    DRIVE_DIR: drive,
    DATABASE_URL: database,
    FILE_ENCRYPTOR_DATA_DIR: data,
    FILE_ENCRYPTOR_TMP_DIR: tmp,
    FILE_ENCRYPTOR_GLOBAL_KEY: globalKey,
  };
  return { main, database, drive, data, tmp, env };
}

/**
 * A process of the sample. It emits `step` for each request: its kind, and
 * whether it has `begun` or was `sent` whole; and what `ask` says.
 */
export class Drive extends EventEmitter {
  #child;
  #printed = '';
  #closed;
  url = '';
  isKilled = false;
  /** @type {Set<{ kind: string, isSent: boolean }>} Requests without an end. */
  inFlight = new Set();

  /** @param {Place} place */
  constructor({ main, env }) {
    super();
    this.#child = spawn(process.execPath, [main], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output.setEncoding('utf8').on('data', (text) => {
        this.#printed += text;
        this.emit('printed');
      });
    }
    this.#closed = once(this.#child, 'close').then(() => this.emit('printed'));
  }

  /** All that it has printed. */
  get printed() {
    return this.#printed;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Whether it has not ended, by itself or killed. */
  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until it answers. */
  async opened() {
    const limit = AbortSignal.timeout(OPENING_MS);
    for (;;) {
      const url = /open at (http:\S+)/.exec(this.#printed)?.[1];
      if (url) {
        this.url = url;
        return;
      }
      demand(
        this.isRunning,
        'it starts after a crash',
        'the process has ended',
        this.#printed,
      );
      await once(this, 'printed', { signal: limit });
    }
  }

  /** Ends it as a crash does. */
  async kill() {
    this.isKilled = true;
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
